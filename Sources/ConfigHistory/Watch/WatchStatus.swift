/// Which mechanism is active, and what a better one needs.
package struct WatchStatus: Codable, Sendable, Hashable {
  package var mechanism = WatchMechanism.poll
  /// Why it is no better one, with the remedy; `nil` where it is the best.
  package var reason: String?
  /// Folders that give events.
  package var folders = 0
  /// What keeps some folders from giving events, with the remedy.
  package var shortfall: String?

  /// One line for people.
  package var text: String {
    let notes = [reason, shortfall].compactMap(\.self)
    return "\(mechanism.rawValue)\(notes.isEmpty ? "" : ": ")\(notes.joined(separator: "; "))"
  }
}

/// What the watch has seen since it began.
package struct WatchCounters: Sendable, Hashable {
  /// Events of watched folders.
  package var events = 0
  /// Events of other folders on the same file systems, passed over.
  package var foreign = 0
  /// How often events were lost.
  package var overflows = 0
  /// Scans of everything, or of some paths.
  package var scans = 0
  /// CPU time of the watch's thread: events, scans, storing and pruning.
  package var cpu = Duration.zero
}

/// What the watch has to tell whoever keeps it running.
package enum WatchNews: Sendable {
  case status(WatchStatus)
  /// A scan ended: of everything, or of single paths.
  case scanned(ScanReport, isWhole: Bool, took: Duration)
  /// At most every few seconds, where it changed.
  case counted(WatchCounters)
  /// Events were lost: by the kernel's queue or the bound of pending paths. Everything is looked at.
  case overflow
  /// The store failed; it is tried again after the interval of polling.
  case failed(ConfigHistoryError)
}
