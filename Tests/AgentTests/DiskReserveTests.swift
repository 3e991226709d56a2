import Bundle
import Capture
import Evidence
import Foundation
import Logging
import Redaction
import Storage
import Testing

@testable import Agent

/// A tmpfs in the place of a state folder.
private final class SmallDisk: Sendable {
  let path: String

  static let isAvailable: Bool = {
    do {
      _ = try SmallDisk(bytes: 1 << 20)
      return true
    } catch {
      return false
    }
  }()

  struct Refused: Error {}

  init(bytes: Int) throws {
    path = NSTemporaryDirectory() + "exhibit-disk-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
      rmdir(path)
      throw Refused()
    }
  }

  deinit {
    umount2(path, Int32(MNT_DETACH))
    rmdir(path)
  }

  func fill(leaving bytes: Int, by name: String = "ballast") throws {
    let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT, 0o600)
    defer { close(descriptor) }
    let free = try #require(DiskSpace.free(at: path))
    try #require(descriptor >= 0 && posix_fallocate(descriptor, 0, off_t(free - bytes)) == 0)
  }
}

@Suite("The reserve of the agent", .enabled(if: SmallDisk.isAvailable, "needs the right to mount a tmpfs"))
struct DiskReserveTests {
  private let disk: SmallDisk
  private let lines = CapturedLog()

  init() throws {
    disk = try SmallDisk(bytes: 128 << 20)
  }

  private func reserve() -> DiskReserve {
    DiskReserve(
      path: disk.path + "/reserve", bundles: BundleFolder(path: disk.path), metrics: AgentMetrics(),
      logger: Logger(label: "test") { [lines] _ in CapturedLogHandler(log: lines) })
  }

  @Test("a capture on a full disk gets the reserve, and leaves the host what it had")
  func fullDisk() throws {
    let reserve = reserve()
    try reserve.refill(40 << 20, keeping: 32 << 20)
    #expect(try reserve.room(floor: 32 << 20) == 32 << 20)
    try disk.fill(leaving: 3 << 20)
    let share = try reserve.room(floor: 32 << 20)
    #expect((2 << 20...3 << 20).contains(share))
    #expect(try #require(DiskSpace.free(at: disk.path)) > 42 << 20)
    #expect(lines.messages.contains { $0.contains("gave the reserve back") })
    // The reserve is used up by others: then there is no room.
    try disk.fill(leaving: 4 << 20, by: "more")
    #expect(throws: StorageError.diskFull) { try reserve.room(floor: 32 << 20) }
  }

  @Test("it is set aside again when there is room")
  func refill() throws {
    let reserve = reserve()
    try reserve.refill(40 << 20, keeping: 32 << 20)
    try disk.fill(leaving: 0)
    _ = try reserve.room(floor: 32 << 20)
    try reserve.refill(40 << 20, keeping: 32 << 20)
    #expect(try #require(DiskSpace.free(at: disk.path)) > 39 << 20, "there is no room yet")
    unlink(disk.path + "/ballast")
    try reserve.refill(40 << 20, keeping: 32 << 20)
    #expect(try #require(DiskSpace.free(at: disk.path)) < 89 << 20)
    #expect(try reserve.room(floor: 32 << 20) == 32 << 20)
  }

  @Test("after a restart on a disk that is still full the space may be used")
  func restart() throws {
    let first = reserve()
    try first.refill(40 << 20, keeping: 32 << 20)
    try disk.fill(leaving: 0)
    _ = try first.room(floor: 50 << 20)
    #expect(try reserve().room(floor: 50 << 20) == 0)
  }

  @Test("an agent starts on a full disk")
  func start() throws {
    try reserve().refill(40 << 20, keeping: 32 << 20)
    try disk.fill(leaving: 0)
    let reserve = reserve()
    try reserve.makeStartPossible()
    _ = try StateDatabase(path: disk.path + "/exhibit.sqlite")
  }

  @Test("without a reserve captures wait until there is room")
  func none() throws {
    let reserve = reserve()
    try reserve.refill(0, keeping: 32 << 20)
    try disk.fill(leaving: 20 << 20)
    #expect(throws: StorageError.diskFull) { try reserve.room(floor: 32 << 20) }
  }
}

@Suite("Retention")
struct RetentionServiceTests {
  @Test("makes room by what the configuration says, and never by a bundle under a hold")
  func enforces() async throws {
    let bench = try APIBench { configuration, _ in
      configuration.bundles.maxCount = 1
      configuration.bundles.diskFloor = 16 << 20
      configuration.bundles.reserve = 0
    }
    var rows: [CaptureRow] = []
    for incident in ["held", "ended", "open"] {
      rows.append(try await bench.addBundle([1, 2, 3], incident: incident))
    }
    for incident in ["held", "ended"] {
      let signal = Signal(
        source: "generic", incidentKey: incident, incidentID: incident, phase: .resolved, title: "t",
        receivedAt: .now())
      _ = try await bench.database.accept(
        signal, body: bench.api.settings.value.redactor.redact("{}"), headers: [:], queueLimit: 64)
    }
    _ = try await bench.database.placeHold(
      on: "held", kind: .legal, reason: bench.api.settings.value.redactor.redact("r"), by: "t", at: .now())
    #expect(try await bench.retention.makeRoom().bytes == 16 << 20)
    let names = try FileManager.default.contentsOfDirectory(atPath: bench.folder.bundles.path).sorted()
    #expect(names.map { $0.prefix(4) } == ["held", "open"])
    #expect(try await bench.database.capture(rows[1].id)?.bundleName == nil)
  }

  @Test("keeps the bundles of each severity as long as is said")
  func severities() throws {
    let text = """
      bundles:
        retention: 10d
        severities:
          - {severity: critical|page, retention: 365d}
          - {severity: "info*", retention: 1d}

      """
    let bundles = try AgentConfiguration.parse(text: text, file: "f").bundles
    let days = ["critical", "PAGE", "info", "information", "warning", nil].map {
      bundles.retention(of: $0) / .seconds(86_400)
    }
    #expect(days == [365, 365, 1, 1, 10, 10])
  }

  @Test("says what is wrong with a severity")
  func mistakes() {
    let text = "bundles:\n  severities:\n    - {severity: \"\"}\n    - {retention: 5d}\n"
    let error = #expect(throws: ConfigurationErrors.self) {
      try AgentConfiguration.parse(text: text, file: "f")
    }
    #expect(
      error?.problems.map(\.key) == [
        "bundles.severities[0].severity", "bundles.severities[0].retention", "bundles.severities[1].severity",
      ])
  }
}
