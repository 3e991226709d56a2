package import Evidence

extension PackageHistory {
  /// Most packages that one event names.
  static let namedPackages = 5
  /// Steps of dpkg alone that are further apart than this, in seconds, are different events.
  static let maximumPause = 60.0

  /// One event a run of apt, and one a series of dpkg's steps: `apt upgraded 40 packages: openssl
  /// 3.0.11→3.0.13, … and 35 more (apt-get upgrade -y)`.
  ///
  /// - Parameters:
  ///   - transactions: as `merge` returns them.
  ///   - path: the file in the bundle that holds them, one a line, in this order.
  /// - Returns: the events, by the time of their first transaction.
  package static func timelineEvents(
    _ transactions: [PackageTransaction], path: String
  ) -> [TimelineEvent] {
    var groups: [[(line: Int, transaction: PackageTransaction)]] = []
    var groupOfRun: [AptRun: Int] = [:]
    var dpkgGroup: Int?
    for (index, transaction) in transactions.enumerated() {
      let open: Int? = if let run = transaction.run { groupOfRun[run] } else { dpkgGroup }
      if let open, let last = groups[open].last?.transaction,
        transaction.run != nil || transaction.at.seconds(since: last.at) <= maximumPause
      {
        groups[open].append((index + 1, transaction))
        continue
      }
      if let run = transaction.run { groupOfRun[run] = groups.count } else { dpkgGroup = groups.count }
      groups.append([(index + 1, transaction)])
    }
    return groups.compactMap { group in
      guard let first = group.first else { return nil }
      return event(group.map(\.transaction), first: first.transaction, reference: "\(path):\(first.line)")
    }
  }

  private static func event(
    _ group: [PackageTransaction], first: PackageTransaction, reference: String
  ) -> TimelineEvent {
    let command = first.run?.commandLine.map { " (\($0))" } ?? ""
    let failure = first.run?.error.map { ": FAILED: \($0)" } ?? ""
    return TimelineEvent(
      at: first.at, kind: .package,
      message: "\(first.source.rawValue) \(summary(of: group))\(command)\(failure)",
      severity: first.run?.error == nil ? "info" : "err", source: first.source.rawValue,
      reference: reference, actor: first.run?.requestedBy)
  }

  /// What replaces or takes away comes first: it breaks more than what is added.
  private static let actionsByRisk: [(action: PackageAction, verb: String)] = [
    (.upgrade, "upgraded"), (.downgrade, "downgraded"), (.remove, "removed"), (.purge, "purged"),
    (.reinstall, "reinstalled"), (.install, "installed"),
  ]

  private static func summary(of group: [PackageTransaction]) -> String {
    var left = namedPackages
    let clauses = actionsByRisk.compactMap { action, verb -> String? in
      let members = group.filter { $0.action == action }.sorted { $0.nameOrder < $1.nameOrder }
      guard !members.isEmpty else { return nil }
      let named = members.prefix(left)
      left -= named.count
      let more = members.count - named.count
      let count = "\(verb) \(members.count) \(members.count == 1 ? "package" : "packages")"
      guard !named.isEmpty else { return count }
      let names = named.map(\.change).joined(separator: ", ")
      return "\(count): \(names)" + (more == 0 ? "" : " and \(more) more")
    }
    return clauses.joined(separator: "; ")
  }
}

extension PackageTransaction {
  /// Chosen packages before the dependencies that came with them.
  fileprivate var nameOrder: String { (automatic ? "1" : "0") + "\(package):\(architecture ?? "")" }

  /// `openssl 3.0.11→3.0.13`
  fileprivate var change: String {
    "\(package) " + [oldVersion, newVersion].compactMap(\.self).joined(separator: "→")
  }
}
