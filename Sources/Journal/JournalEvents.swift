package import Evidence

/// Finds the events of the timeline among the entries: what the service manager, systemd-coredump and the
/// kernel say in fields that are made for machines.
///
/// `begin`, `append` for each field, `end`, as with the encoders; entries in the order of the journal, since
/// a reboot shows as a change of the boot id. What is appended is what the event's message is made of: give
/// it redacted values.
package struct JournalEvents: Sendable {
  private var entry: JournalEntry?
  private var slots = FieldSlots(Slot.names, limit: 512)
  private var boots: Set<JournalID> = []

  /// Folders with the journals of many hosts have many boots; beyond this many, new ones are not told.
  private static let bootLimit = 4096

  enum Slot: Int, CaseIterable {
    case messageID, process, user, transport, command, message, priority, unit, userUnit, jobResult,
      unitResult
    case restarts, exitCode, exitStatus, exitCommand
    case coredumpUnit, coredumpCommand, coredumpSignal

    static var names: [StaticString] { allCases.map(\.name) }

    private var name: StaticString {
      switch self {
      case .messageID: "MESSAGE_ID"
      case .process: "_PID"
      case .user: "_UID"
      case .transport: "_TRANSPORT"
      case .command: "_COMM"
      case .message: "MESSAGE"
      case .priority: "PRIORITY"
      case .unit: "UNIT"
      case .userUnit: "USER_UNIT"
      case .jobResult: "JOB_RESULT"
      case .unitResult: "UNIT_RESULT"
      case .restarts: "N_RESTARTS"
      case .exitCode: "EXIT_CODE"
      case .exitStatus: "EXIT_STATUS"
      case .exitCommand: "COMMAND"
      case .coredumpUnit: "COREDUMP_UNIT"
      case .coredumpCommand: "COREDUMP_COMM"
      case .coredumpSignal: "COREDUMP_SIGNAL_NAME"
      }
    }
  }

  package init() {}

  package mutating func begin(_ entry: JournalEntry) {
    self.entry = entry
    slots.removeAll()
  }

  package mutating func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    slots.take(name, value)
  }

  /// Names of the fields that an event can depend on.
  static var names: [StaticString] { Slot.names }

  /// - Parameter reference: where the entry stands, `logs/journal.jsonl:17`; asked for only when there is
  ///   an event.
  /// - Returns: nothing for most entries; two events when the first entry after a reboot is one itself.
  package mutating func end(reference: () -> String) -> [TimelineEvent] {
    guard let entry else { return [] }
    return [boot(of: entry, reference: reference), event(reference: reference)].compactMap(\.self)
  }

  /// As `end`, without looking for a reboot.
  mutating func event(reference: () -> String) -> TimelineEvent? {
    guard let entry else { return nil }
    self.entry = nil
    return finding().map { Self.event($0, at: entry, reference()) }
  }

  /// - Parameters:
  ///   - entry: the first one of its boot.
  ///   - reference: where it stands.
  /// - Returns: the event that the host booted; `nil` for the first boot of all.
  package mutating func boot(of entry: JournalEntry, reference: () -> String) -> TimelineEvent? {
    bootChange(entry).map { Self.event($0, at: entry, reference()) }
  }

  private static func event(_ finding: Finding, at entry: JournalEntry, _ reference: String) -> TimelineEvent
  {
    TimelineEvent(
      at: entry.time, kind: finding.kind, message: finding.message, severity: finding.severity,
      source: "journal", reference: reference, service: finding.unit)
  }
}

/// What an entry is evidence of, before it has a time and a place.
private struct Finding {
  var kind: TimelineKind
  var message: String
  var severity: String?
  var unit: String?
}

extension JournalEvents {
  private mutating func bootChange(_ entry: JournalEntry) -> Finding? {
    guard boots.count < Self.bootLimit, boots.insert(entry.bootID).inserted, boots.count > 1 else {
      return nil
    }
    return Finding(kind: .boot, message: "the host booted (boot id \(entry.bootID))", severity: "notice")
  }

  private func finding() -> Finding? {
    guard let id = slots.withValue(Slot.messageID.rawValue, { JournalID(hex: $0) }) ?? nil else {
      return kernelOutOfMemory() ?? managerReload()
    }
    if id == JournalMessage.coredump { return coredump() }
    guard let manager else { return nil }
    return unitEvent(id, manager: manager) ?? hostEvent(id)
  }

  private func text(_ slot: Slot) -> String? { slots.text(slot.rawValue) }

  private func has(_ slot: Slot, _ value: StaticString) -> Bool {
    slots.withValue(slot.rawValue) { $0.equals(value) } ?? false
  }

  private enum Manager { case system, user }

  /// The manager that wrote the entry. Any program can write a message id; the fields that tell the writer
  /// are journald's own.
  private var manager: Manager? {
    if has(.process, "1") { return .system }
    return has(.command, "systemd") && text(.userUnit) != nil ? .user : nil
  }

  private func unitEvent(_ id: JournalID, manager: Manager) -> Finding? {
    let unit = manager == .system ? text(.unit) : text(.userUnit).map { "user unit \($0)" }
    guard let unit, let (kind, message) = unitMessage(id, unit) else { return nil }
    return Finding(kind: kind, message: message, severity: severity, unit: text(.unit) ?? text(.userUnit))
  }

  private func unitMessage(_ id: JournalID, _ unit: String) -> (TimelineKind, String)? {
    switch id {
    case JournalMessage.unitStarted: (.unitStarted, "\(unit) started")
    case JournalMessage.unitStopped: (.unitStopped, "\(unit) stopped")
    case JournalMessage.unitReloaded: (.unitReloaded, "\(unit) reloaded")
    case JournalMessage.unitStartFailed: (.unitFailed, "\(unit) failed to start" + inBrackets(.jobResult))
    case JournalMessage.unitFailed: (.unitFailed, "\(unit) failed" + inBrackets(.unitResult))
    case JournalMessage.unitRestartScheduled:
      (
        .unitRestarted,
        "\(unit): scheduled restart" + (text(.restarts).map { ", restart counter is at \($0)" } ?? "")
      )
    case JournalMessage.unitProcessExit: processExit.map { (.unitFailed, "\(unit): \($0)") }
    case JournalMessage.unitOutOfMemory: (.outOfMemory, "\(unit): the OOM killer killed a process")
    case JournalMessage.unitOomdKill: (.outOfMemory, "\(unit): systemd-oomd killed a process")
    default: nil
    }
  }

  private func inBrackets(_ slot: Slot) -> String { text(slot).map { " (\($0))" } ?? "" }

  /// A process that ended as it should is no event.
  private var processExit: String? {
    let code = text(.exitCode) ?? "unknown"
    let status = text(.exitStatus) ?? "unknown"
    guard code != "exited" || status != "0" && status != "SUCCESS" else { return nil }
    let how = code == "exited" ? "exited with status \(status)" : "was \(code) by signal \(status)"
    return "a process\(inBrackets(.exitCommand)) \(how)"
  }

  private func hostEvent(_ id: JournalID) -> Finding? {
    switch id {
    case JournalMessage.startupFinished:
      Finding(kind: .boot, message: text(.message) ?? "startup finished", severity: severity)
    case JournalMessage.shutdown:
      Finding(kind: .boot, message: text(.message) ?? "the host is shutting down", severity: severity)
    case JournalMessage.clockChanged:
      Finding(kind: .clock, message: "the system clock was changed", severity: severity)
    default: nil
    }
  }

  private func coredump() -> Finding? {
    guard has(.user, "0") else { return nil }
    let program = text(.coredumpCommand) ?? "a process"
    let unit = text(.coredumpUnit).map { "\($0): " } ?? ""
    let signal = text(.coredumpSignal).map { " on \($0)" } ?? ""
    return Finding(
      kind: .coredump, message: "\(unit)\(program) dumped core\(signal)", severity: severity,
      unit: text(.coredumpUnit))
  }

  /// The kernel gives its messages no id.
  private func kernelOutOfMemory() -> Finding? {
    guard has(.transport, "kernel") else { return nil }
    let isKill = slots.withValue(Slot.message.rawValue, Self.tellsOutOfMemory) ?? false
    guard isKill, let message = text(.message) else { return nil }
    return Finding(kind: .outOfMemory, message: "kernel: \(message)", severity: severity)
  }

  /// `systemctl daemon-reload` has no message id either. Up to version 253 the manager says `Reloading.`, then
  /// `Reloading...`.
  private func managerReload() -> Finding? {
    guard has(.process, "1"), slots.withValue(Slot.message.rawValue, Self.tellsReload) ?? false else {
      return nil
    }
    return Finding(
      kind: .unitReloaded, message: "systemd read its units anew (daemon-reload)", severity: severity)
  }

  private static func tellsReload(_ message: UnsafeRawBufferPointer) -> Bool {
    message.equals("Reloading.") || message.equals("Reloading...")
  }

  /// Whether an entry with such a message, and no message id, may be an event.
  static func mayTell(_ message: UnsafeRawBufferPointer) -> Bool {
    tellsOutOfMemory(message) || tellsReload(message)
  }

  /// Whether these are the words in which the kernel tells that it killed a process.
  private static func tellsOutOfMemory(_ message: UnsafeRawBufferPointer) -> Bool {
    message.hasPrefix("Out of memory: Killed process")
      || message.hasPrefix("Memory cgroup out of memory: Killed process")
  }

  private var severity: String? {
    slots.withValue(Slot.priority.rawValue) { $0.decimal.flatMap(JournalPriority.name) } ?? nil
  }
}
