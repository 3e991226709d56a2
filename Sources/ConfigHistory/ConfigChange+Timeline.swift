package import Evidence

extension ConfigChange {
  /// The change as one line of the timeline; `reference` is path and line in the bundle.
  package func timelineEvent(reference: String? = nil) -> TimelineEvent {
    let verb =
      switch kind {
      case .created: "created"
      case .deleted: "deleted"
      case .renamed: "renamed from \(previousPath ?? "")\(similarity == nil ? "" : " and edited")"
      case .modified: "modified"
      case .metadata: "mode or owner changed"
      case .type: "became another type of file"
      case .reverted: "changed and changed back"
      }
    let count =
      versions > 1
      ? " (\(versions) versions: first seen at \(firstSeenAt.rfc3339Seconds), last at \(seenAt.rfc3339Seconds))"
      : ""
    return TimelineEvent(
      at: happenedAt, kind: .config, message: "\(path) \(verb)\(count)", severity: "info",
      source: "config-history",
      reference: reference, actor: actor)
  }

  /// The file's own change time where it fits between the two scans that saw the old and the new state: scans
  /// are a minute apart, and a deploy may lie between. ctime is set by the kernel alone.
  private var happenedAt: Timestamp {
    guard let changed = after?.changedAt, changed <= seenAt, changed >= previousSeenAt ?? changed else {
      return seenAt
    }
    return changed
  }
}
