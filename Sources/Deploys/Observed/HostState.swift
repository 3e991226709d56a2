package import Evidence

/// What a host runs below its services. What is not known is `nil`.
package struct HostState: Codable, Sendable, Hashable {
  /// Of the running kernel's boot.
  package var bootID: String?
  /// Release and version, as uname(2) has them: a rebuild changes only the version.
  package var kernel: String?
  /// By os-release(5): name, and the version of its image where it has one.
  package var os: String?
  /// The checksum of the booted deployment of ostree.
  package var deployment: String?
  /// `system-42-link`, and the store path of what is active.
  package var generation: String?

  package init(
    bootID: String? = nil, kernel: String? = nil, os: String? = nil, deployment: String? = nil,
    generation: String? = nil
  ) {
    self.bootID = bootID
    self.kernel = kernel
    self.os = os
    self.deployment = deployment
    self.generation = generation
  }

  /// When what is new came to be.
  package struct Times: Sendable {
    package var boot: Timestamp
    /// Of the file that tells the operating system.
    package var os: Timestamp?
    /// Of the profile that tells the generation.
    package var generation: Timestamp?

    package init(boot: Timestamp, os: Timestamp? = nil, generation: Timestamp? = nil) {
      self.boot = boot
      self.os = os
      self.generation = generation
    }
  }

  /// What changed since an earlier state. What is not known in one of them is no change.
  ///
  /// - Parameters:
  ///   - earlier: as it was seen last.
  ///   - times: of this state; what changed with a boot has the boot's time.
  /// - Returns: by kind, in the order of `ObservedKind`.
  package func changes(since earlier: HostState, times: Times) -> [ObservedChange] {
    let isNewBoot = bootID != nil && bootID != earlier.bootID
    let facts: [(ObservedKind, String?, String?, Timestamp?)] = [
      (.kernel, earlier.kernel, kernel, nil), (.os, earlier.os, os, times.os),
      (.deployment, earlier.deployment, deployment, nil),
      (.generation, earlier.generation, generation, times.generation),
    ]
    return facts.compactMap { kind, before, after, changedAt in
      guard let before, let after, before != after else { return nil }
      let at = isNewBoot ? times.boot : changedAt ?? times.boot
      return ObservedChange(
        at: at, kind: kind, source: "host", subject: kind.rawValue, before: before, after: after)
    }
  }
}

extension HostState {
  /// The operating system by the text of an os-release(5) file.
  ///
  /// - Parameter text: lines of `NAME=value`, quoted as in a shell.
  /// - Returns: `PRETTY_NAME`, and behind it the first of `IMAGE_VERSION`, `OSTREE_VERSION` and `BUILD_ID` that the
  ///   name does not show; `nil` without a name.
  package static func os(osRelease text: String) -> String? {
    var values: [Substring: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2 else { continue }
      values[parts[0]] = parts[1].filter { $0 != "\"" && $0 != "'" }
    }
    guard let name = values["PRETTY_NAME"] ?? values["NAME"] else { return nil }
    let version = ["IMAGE_VERSION", "OSTREE_VERSION", "BUILD_ID"].lazy.compactMap { values[$0] }.first
    guard let version, !name.contains(version) else { return name }
    return "\(name), \(version)"
  }
}
