import Evidence
import Foundation
import Storage
import Testing

@testable import Agent

@Suite("The checkup")
struct CheckupTests {
  private let bench: APIBench

  init() throws {
    bench = try APIBench()
  }

  private func run(_ configure: (inout AgentConfiguration) -> Void) async throws -> [Check] {
    var settings = bench.api.settings.value
    configure(&settings.configuration)
    return try await Checkup(
      database: bench.database, bundles: bench.folder.bundles, settings: CurrentSettings(settings), watch: nil
    ).run(at: .now())
  }

  private func state(_ name: String, in checks: [Check]) -> Check.State? {
    checks.first { $0.name == name }?.state
  }

  @Test("a journal that is not there is a problem, also for the triggers that wait for it")
  func journal() async throws {
    let checks = try await run {
      $0.journal.directory = "/nowhere"
      $0.triggers.oom = true
    }
    let journal = try #require(checks.first { $0.name == "journal" })
    #expect(journal.state == .problem && journal.remedy != nil)
    #expect(journal.detail.contains("/nowhere") && journal.detail.contains("triggers"))
    #expect(state("journal", in: try await run { $0.journal.enabled = false }) == .note)
  }

  @Test("a disk without room is a problem")
  func disk() async throws {
    #expect(state("disk", in: try await run { $0.bundles.diskFloor = 0 }) == .good)
    #expect(state("disk", in: try await run { $0.bundles.diskFloor = 1 << 60 }) == .problem)
  }

  @Test("captures that failed or are stuck are named, with what to do")
  func captures() async throws {
    #expect(state("captures", in: try await run { _ in }) == .good)
    let signal = Signal(
      source: "generic", incidentKey: "INC-7", incidentID: "INC-7", phase: .opened, title: "t",
      receivedAt: .now())
    _ = try await bench.api.intake.acceptLocal(signal)
    let row = try #require(try await bench.database.claimCapture(at: .now()))
    try await bench.database.fail(
      row.id, error: "disk-full: no room", at: .now(), retryAt: .now().adding(seconds: 60))
    let stuck = try #require(try await run { _ in }.first { $0.name == "captures" })
    #expect(stuck.state == .problem && stuck.detail.contains("INC-7") && stuck.detail.contains("no room"))
    let again = try #require(try await bench.database.claimCapture(at: .now().adding(seconds: 120)))
    try await bench.database.fail(again.id, error: "no room", at: .now(), retryAt: nil)
    let failed = try #require(try await run { _ in }.first { $0.name == "captures" })
    #expect(failed.remedy?.contains("exhibit capture --retry \(row.id)") == true, "\(failed)")
  }

  @Test("rules that were left out are problems")
  func rules() async throws {
    var settings = bench.api.settings.value
    settings.warnings = [ConfigurationProblem(file: "redaction.d/x.yaml", message: "no such key")]
    let checks = try await Checkup(
      database: bench.database, bundles: bench.folder.bundles, settings: CurrentSettings(settings), watch: nil
    ).run(at: .now())
    #expect(checks.contains { $0.name == "redaction rules" && $0.detail.contains("no such key") })
  }
}
