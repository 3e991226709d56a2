import Evidence
import Foundation
import Testing

@testable import Capture

@Suite("The floor of the disk")
struct SpaceGuardTests {
  @Test("stops a collector, which says so in a gap, and what it had is sealed")
  func stops() async throws {
    let bench = try CaptureBench()
    let free = try #require(DiskSpace.free(at: bench.work))
    var environment = bench.environment([Flood()])
    environment.diskFloor = DiskFloor(path: bench.work, bytes: free + (1 << 40))
    let made = try await CaptureRunner(environment).run(.sample()) { _ in }
    let gap = try #require(made.manifest.gaps.first { $0.artifact == "flood.txt" })
    #expect(gap.cause == .diskFull)
    let flood = try #require(made.manifest.artifacts.first { $0.path == "flood.txt" })
    #expect(flood.state == .partial && flood.bytes > 0 && flood.bytes < 10_000_000)
  }

  @Test("above it nothing is stopped")
  func passes() async throws {
    let bench = try CaptureBench()
    var environment = bench.environment([Flood()])
    environment.diskFloor = DiskFloor(path: bench.work, bytes: 0)
    let made = try await CaptureRunner(environment).run(.sample()) { _ in }
    #expect(made.manifest.artifacts.first { $0.path == "flood.txt" }?.state == .complete)
  }

  @Test("is looked at once a mebibyte, by whichever thread comes")
  func stride() throws {
    let free = try #require(DiskSpace.free(at: NSTemporaryDirectory()))
    let space = try #require(
      SpaceGuard(DiskFloor(path: NSTemporaryDirectory(), bytes: free + (1 << 40))))
    for _ in 0..<15 { try space.check(65_536) }
    #expect(throws: CollectionStop.diskFloor(bytes: free + (1 << 40))) { try space.check(65_536) }
  }
}

/// Writes 11 MB.
private struct Flood: Collector {
  let name = "flood"
  let limits = CollectorLimits(seconds: 60, bytes: 1 << 30)
  let artifacts = [ExpectedArtifact(path: "flood.txt", kind: .incident, mediaType: "text/plain")]

  func collect(into output: CollectorOutput) throws {
    let sink = try output.open(artifacts[0])
    let line = Array(String(repeating: "a line of a log that is long ", count: 4).utf8) + [0x0A]
    let block = Array(repeatElement(line, count: 1000).joined())
    for _ in 0..<100 { try sink.write(bytes: block) }
  }
}
