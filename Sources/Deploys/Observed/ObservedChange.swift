package import Evidence

/// What changed, where nobody told of a deploy.
package enum ObservedKind: String, Codable, Sendable, CaseIterable {
  /// A container of the same name has another image.
  case container
  /// An image was pulled: behind the same name there may be other content.
  case image
  case kernel
  case os
  /// Another deployment of an image-based system (ostree, bootc) was booted.
  case deployment
  /// Another generation of a NixOS system is active.
  case generation
}

/// One change that the agent saw by itself: a line of `deploys/observed.jsonl`.
package struct ObservedChange: Codable, Sendable, Hashable {
  package var at: Timestamp
  package var kind: ObservedKind
  /// Who was asked: `podman`, `docker`, `host`.
  package var source: String
  /// The container's name, the image's, or the kind.
  package var subject: String
  package var before: String?
  package var after: String?

  package init(
    at: Timestamp, kind: ObservedKind, source: String, subject: String, before: String? = nil,
    after: String? = nil
  ) {
    self.at = at
    self.kind = kind
    self.source = source
    self.subject = subject
    self.before = before
    self.after = after
  }

  /// What the timeline says of it.
  ///
  /// - Parameter reference: path and line in the bundle.
  /// - Returns: an event of the kind `deploy` for containers and images, `system` for all else.
  package func timelineEvent(reference: String? = nil) -> TimelineEvent {
    let versions = [before, after].compactMap(\.self).joined(separator: "→")
    let isContainer = kind == .container || kind == .image
    let text =
      switch kind {
      case .container: "container \(subject): \(versions)"
      case .image: "image \(subject) pulled"
      case .kernel: "kernel \(versions)"
      case .os: "operating system \(versions)"
      case .deployment: "system image \(versions)"
      case .generation: "NixOS generation \(versions)"
      }
    return TimelineEvent(
      at: at, kind: isContainer ? .deploy : .system, message: text, severity: "info", source: source,
      reference: reference, service: kind == .container ? subject : nil)
  }
}
