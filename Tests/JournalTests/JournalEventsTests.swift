import Evidence
import Foundation
import Testing

@testable import Journal

@Suite("Events in the journal")
struct JournalEventsTests {
  struct Case: CustomStringConvertible, Sendable {
    var fields: [String: String]
    var kind: TimelineKind?
    var message = ""

    var description: String { message.isEmpty ? "\(fields)" : message }
  }

  static let manager = ["_PID": "1", "UNIT": "checkout.service", "PRIORITY": "4"]

  static func unit(_ id: String, _ more: [String: String] = [:]) -> [String: String] {
    manager.merging(more) { $1 }.merging(["MESSAGE_ID": id]) { $1 }
  }

  static let cases: [Case] = [
    Case(
      fields: unit("39f53479d3a045ac8e11786248231fbf"), kind: .unitStarted,
      message: "checkout.service started"),
    Case(
      fields: unit("9d1aaa27d60140bd96365438aad20286"), kind: .unitStopped,
      message: "checkout.service stopped"),
    Case(
      fields: unit("7b05ebc668384222baa8881179cfda54"), kind: .unitReloaded,
      message: "checkout.service reloaded"),
    Case(
      fields: unit("d9b373ed55a64feb8242e02dbe79a49c", ["UNIT_RESULT": "exit-code"]), kind: .unitFailed,
      message: "checkout.service failed (exit-code)"),
    Case(
      fields: unit("be02cf6855d2428ba40df7e9d022f03d", ["JOB_RESULT": "dependency"]), kind: .unitFailed,
      message: "checkout.service failed to start (dependency)"),
    Case(
      fields: unit("5eb03494b6584870a536b337290809b3", ["N_RESTARTS": "3"]), kind: .unitRestarted,
      message: "checkout.service: scheduled restart, restart counter is at 3"),
    Case(
      fields: unit(
        "98e322203f7a4ed290d09fe03c09fe15",
        ["COMMAND": "ExecStart", "EXIT_CODE": "exited", "EXIT_STATUS": "1"]),
      kind: .unitFailed, message: "checkout.service: a process (ExecStart) exited with status 1"),
    Case(
      fields: unit("98e322203f7a4ed290d09fe03c09fe15", ["EXIT_CODE": "killed", "EXIT_STATUS": "KILL"]),
      kind: .unitFailed, message: "checkout.service: a process was killed by signal KILL"),
    Case(fields: unit("98e322203f7a4ed290d09fe03c09fe15", ["EXIT_CODE": "exited", "EXIT_STATUS": "0"])),
    Case(
      fields: unit("fe6faa94e7774663a0da52717891d8ef"), kind: .outOfMemory,
      message: "checkout.service: the OOM killer killed a process"),
    Case(
      fields: ["_PID": "1", "MESSAGE": "Reloading.", "PRIORITY": "4"], kind: .unitReloaded,
      message: "systemd read its units anew (daemon-reload)"),
    Case(
      fields: ["_PID": "1", "MESSAGE": "Reloading...", "PRIORITY": "4"], kind: .unitReloaded,
      message: "systemd read its units anew (daemon-reload)"),
    Case(fields: ["_PID": "1", "MESSAGE": "Reloading finished in 123 ms."]),
    Case(fields: ["_PID": "2", "MESSAGE": "Reloading."]),
    Case(
      fields: ["_PID": "1", "MESSAGE_ID": "c7a787079b354eaaa9e77b371893cd27", "PRIORITY": "4"], kind: .clock,
      message: "the system clock was changed"),
    Case(
      fields: [
        "_PID": "1", "MESSAGE_ID": "b07a249cd024414a82dd00cd181378ff", "PRIORITY": "4",
        "MESSAGE": "Startup finished in 3s.",
      ], kind: .boot, message: "Startup finished in 3s."),
    Case(
      fields: [
        "_UID": "0", "MESSAGE_ID": "fc2e22bc6ee647b6b90729ab34a250b1", "COREDUMP_UNIT": "checkout.service",
        "COREDUMP_COMM": "node", "COREDUMP_SIGNAL_NAME": "SIGSEGV", "PRIORITY": "4",
      ], kind: .coredump, message: "checkout.service: node dumped core on SIGSEGV"),
    Case(
      fields: [
        "_TRANSPORT": "kernel", "PRIORITY": "4",
        "MESSAGE": "Out of memory: Killed process 7 (java) total-vm:1kB",
      ], kind: .outOfMemory, message: "kernel: Out of memory: Killed process 7 (java) total-vm:1kB"),
    Case(
      fields: [
        "_PID": "900", "_COMM": "systemd", "USER_UNIT": "app.service", "PRIORITY": "4",
        "MESSAGE_ID": "39f53479d3a045ac8e11786248231fbf",
      ], kind: .unitStarted, message: "user unit app.service started"),
    Case(fields: unit("39f53479d3a045ac8e11786248231fbf", ["_PID": "4711"])),
    Case(fields: unit("39f53479d3a045ac8e11786248231fb")),
    Case(fields: unit("00000000000000000000000000000000")),
    Case(fields: ["_TRANSPORT": "stdout", "MESSAGE": "Out of memory: Killed process 7 (java)"]),
    Case(fields: ["MESSAGE": "nothing special"]),
  ]

  @Test("What systemd and the kernel say in fields becomes an event; a forgery does not", arguments: cases)
  func event(_ expected: Case) throws {
    var events = JournalEvents()
    let found = observe(&events, expected.fields)
    #expect(found.map(\.kind) == (expected.kind.map { [$0] } ?? []))
    guard let event = found.first else { return }
    #expect(event.message == expected.message)
    #expect(event.severity == "warning")
    #expect(event.source == "journal")
    #expect(event.reference == "logs/journal.jsonl:17")
    #expect(event.at == Timestamp(microseconds: Sample.start))
  }

  @Test("A new boot id is a reboot, the first one and one seen before are not")
  func boots() {
    var events = JournalEvents()
    let boots = ["1", "2", "1", "2", "3"].map { String(repeating: $0, count: 32) }
    let found = boots.map { observe(&events, ["MESSAGE": "x"], boot: $0) }
    #expect(found.map(\.count) == [0, 1, 0, 0, 1])
    #expect(found[1][0].kind == .boot && found[1][0].message.contains(boots[1]))
  }

  @Test(
    "A real failure of a service is told in the order in which it happened",
    .enabled(if: Tool.canMakeJournals, "needs systemd-journal-remote"))
  func realJournal() throws {
    let folder = try TemporaryFolder()
    try folder.makeJournal(fixture("unit-failure.export"))
    var reader = try JournalReader(JournalQuery(window: always, directory: folder.path))
    var events = JournalEvents()
    var found: [String] = []
    var number = 0
    while let entry = try reader.next() {
      number += 1
      events.begin(entry)
      reader.forEachField { events.append(name: $0, value: $1) }
      found += events.end { "logs/journal.jsonl:\(number)" }.map { "\($0.reference ?? "") \($0.message)" }
    }
    #expect(
      found == [
        "logs/journal.jsonl:1 checkout.service started",
        "logs/journal.jsonl:3 checkout.service: a process (ExecStart) exited with status 3",
        "logs/journal.jsonl:4 checkout.service failed (exit-code)",
        "logs/journal.jsonl:5 checkout.service: scheduled restart, restart counter is at 1",
        "logs/journal.jsonl:6 checkout.service started",
      ])
  }

  private func observe(
    _ events: inout JournalEvents, _ fields: [String: String], boot: String = Sample.boot
  ) -> [TimelineEvent] {
    guard let entry = sampleEntry(Sample(at: 0, boot: boot, [])) else { return [] }
    events.begin(entry)
    for (name, value) in fields {
      Array(name.utf8).withUnsafeBytes { name in
        Array(value.utf8).withUnsafeBytes { events.append(name: name, value: $0) }
      }
    }
    return events.end { "logs/journal.jsonl:17" }
  }

  private func fixture(_ name: String) throws -> [UInt8] {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try [UInt8](Data(contentsOf: folder.appendingPathComponent("Fixtures/journal/\(name)")))
  }
}
