internal import Evidence
internal import Journal
internal import Redaction
internal import Signals

/// Looks for the occurrences of triggers in the journal. Blocking: for a thread of its own.
struct JournalTriggers {
  /// Entries younger than this, in seconds, are left for the next look: journald may still write some with the same
  /// time.
  static let settling = 1.0
  /// Occurrences of one look; more of them are no more incidents.
  static let limit = 200
  private static let fieldLimit = 4096

  let settings: AgentConfiguration.TriggerSettings
  /// Of journal files; `nil` for the host's own journal.
  let directory: String?

  /// Whether any of them is switched on.
  var isNeeded: Bool { settings.readsJournal }

  /// - Parameters:
  ///   - window: half-open, by the times of receipt.
  ///   - redactor: for the texts.
  /// - Returns: at most `limit` occurrences, in order.
  /// - Throws: `JournalError`.
  func look(in window: TimeWindow, _ redactor: Redactor) throws -> [TriggerEvent] {
    var query = JournalQuery(window: window, directory: directory, fieldLimit: Self.fieldLimit)
    // Patterns may be in any entry; everything else is found by the journal's own index.
    query.onlyFailures = settings.journal.isEmpty
    var reader = try JournalReader(query)
    var finder = JournalEvents()
    var found: [TriggerEvent] = []
    while found.count < Self.limit, let entry = try reader.next() {
      finder.begin(entry)
      var message: [UInt8] = []
      reader.forEachField { name, value in
        finder.append(name: name, value: value)
        if name.elementsEqual("MESSAGE".utf8) { message = Array(value) }
      }
      let told = finder.end { "" }.compactMap(failure)
      let events = told.isEmpty ? pattern(message, at: entry.time).map { [$0] } ?? [] : told
      for event in events { found.append(event.finished(entry, redactor)) }
    }
    // What is missing from the journal is told by the collector of each bundle.
    _ = reader.finish(artifact: "logs/journal.jsonl")
    return found
  }

  private func failure(_ event: TimelineEvent) -> TriggerEvent? {
    let (kind, isWanted, subject): (TriggerKind, Bool, String?) =
      switch event.kind {
      // Also of a process that ended: only a unit that failed as a whole says so in these words.
      case .unitFailed: (.unitFailed, settings.unitFailed && event.message.isUnitFailure, event.service)
      case .coredump: (.coredump, settings.coredump, event.service)
      case .outOfMemory: (.outOfMemory, settings.oom, nil)
      default: (.journal, false, nil)
      }
    guard isWanted else { return nil }
    return TriggerEvent(
      kind: kind, subject: subject, unit: event.service, at: event.at, message: event.message, identity: "")
  }

  private func pattern(_ message: [UInt8], at time: Timestamp) -> TriggerEvent? {
    guard !message.isEmpty, let pattern = settings.journal.first(where: { $0.matches(message) }) else {
      return nil
    }
    return TriggerEvent(
      kind: .journal, subject: pattern.text, at: time,
      message: String(decoding: message.prefix(512), as: UTF8.self),
      identity: "")
  }
}

extension TriggerEvent {
  fileprivate func finished(_ entry: JournalEntry, _ redactor: Redactor) -> TriggerEvent {
    var event = self
    event.subject = subject.map { redactor.redact($0).text }
    event.unit = unit.map { redactor.redact($0).text }
    event.message = redactor.redact(message).text
    event.identity = "\(key) \(entry.cursor)"
    return event
  }
}

extension String {
  fileprivate var isUnitFailure: Bool { contains(" failed (") || hasSuffix(" failed") }
}
