package import Evidence

/// One setting of the host whose value at the end of a window is not its value at the start, or was not in
/// between: what a difference of lines does not tell.
package struct SettingChange: Codable, Sendable, Hashable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    /// A value of sysctl(8), by its dotted name.
    case sysctl
    /// A parameter of the kernel's command line; what it has several times is joined by blanks.
    case kernelParameter = "kernel_parameter"
    /// A setting of a unit as its file and drop-ins add up (`nginx.service [Service] TimeoutStartSec`), or, by
    /// the unit's name alone, whether there is one: `loaded`, `masked` or `not-found`.
    case unit
    /// A listening socket, by protocol and address; the value is its owner.
    case socket
    /// A mount point; the value is file system, source and options.
    case mount
    /// A configuration file of a package: `as packaged`, `changed`, `missing`, or what the package manager left
    /// beside it.
    case packageConfig = "package_config"
  }

  /// The file that tells it. Bytes that are not UTF-8 are written `\xHH`, and then `pathIsEscaped` is true.
  package var path: String
  package var pathIsEscaped = false
  package var kind: Kind
  package var name: String
  /// `nil`: there was none. Equal to `after` where it changed and changed back.
  package var before: String?
  package var after: String?
  /// The last look that saw `before`; `nil` where there is none.
  package var previousSeenAt: Timestamp?
  /// The look that saw the first change of the window.
  package var firstSeenAt: Timestamp
  /// The look that saw `after` first.
  package var seenAt: Timestamp
  /// How many values were seen in the window, the last one included.
  package var versions: Int
  /// When the values before the last one were seen: the latest hundred.
  package var intermediate: [Timestamp] = []
  package var actor: String?

  enum CodingKeys: String, CodingKey {
    case path, kind, name, before, after, versions, intermediate, actor
    case pathIsEscaped = "path_escaped"
    case previousSeenAt = "previous_seen_at"
    case firstSeenAt = "first_seen_at"
    case seenAt = "seen_at"
  }

  /// Of a file whose content holds the setting.
  init(_ kind: Kind, _ name: String, before: String?, after: String?, by change: ConfigChange) {
    path = change.path
    pathIsEscaped = change.pathIsEscaped
    self.kind = kind
    self.name = name
    self.before = before
    self.after = after
    previousSeenAt = change.previousSeenAt
    firstSeenAt = change.firstSeenAt
    seenAt = change.seenAt
    versions = change.versions
    intermediate = change.intermediate
    actor = change.actor
  }

  init(
    _ kind: Kind, _ name: String, path: String, before: String?, after: String?, previousSeenAt: Timestamp?,
    seen: [Timestamp]
  ) {
    self.path = path
    self.kind = kind
    self.name = name
    self.before = before
    self.after = after
    self.previousSeenAt = previousSeenAt
    firstSeenAt = seen.first ?? Timestamp(nanoseconds: 0)
    seenAt = seen.last ?? firstSeenAt
    versions = seen.count
    intermediate = Array(seen.dropLast().suffix(100))
  }

  /// `vm.swappiness: 60 → 10`.
  package var text: String {
    switch (before, after) {
    case (nil, let after?): "\(name): new: \(after)"
    case (let before?, nil): "\(name): gone: \(before)"
    case (let before?, let after?) where before == after: "\(name): changed, and is \(after) again"
    case (let before?, let after?): "\(name): \(before) → \(after)"
    case (nil, nil): "\(name): came and went"
    }
  }

  /// The change as one line of the timeline; `reference` is path and line in the bundle.
  package func timelineEvent(reference: String? = nil) -> TimelineEvent {
    let count =
      versions > 1
      ? " (\(versions) values: first seen at \(firstSeenAt.rfc3339Seconds), last at \(seenAt.rfc3339Seconds))"
      : ""
    let label = kind.rawValue.split(separator: "_").joined(separator: " ")
    return TimelineEvent(
      at: seenAt, kind: .config, message: "\(label) \(text)\(count)", severity: "info",
      source: "config-history",
      reference: reference, actor: actor)
  }
}
