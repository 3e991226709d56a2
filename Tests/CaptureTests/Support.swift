import Bundle
import Capture
import Evidence
import Foundation
import Logging
import Redaction

/// A folder that goes with it, and what a capture needs.
final class CaptureBench: Sendable {
  let folder: String
  let key = SealingKey.generate(comment: "exhibit@test")
  let redactionKey = RedactionKey(bytes: Array(repeating: 7, count: 32))

  var bundles: String { folder + "/bundles" }
  var work: String { folder + "/work" }
  var redactor: Redactor { Redactor(rules: .builtIn, key: redactionKey) }

  init() throws {
    folder = NSTemporaryDirectory() + "exhibit-capture-\(UUID().uuidString)"
    for path in [folder + "/bundles", folder + "/work"] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: folder)
    } catch {
      print("could not remove \(folder): \(error)")
    }
  }

  func environment(
    _ collectors: [any Collector], bundles: String? = nil, work: String? = nil,
    stuck: StuckCollectors = .init()
  ) -> CaptureEnvironment {
    CaptureEnvironment(
      collectors: collectors, redactor: redactor, sealingKey: key,
      host: HostFacts(hostname: "web-1", timeZone: "UTC"), bundleFolder: bundles ?? self.bundles,
      workFolder: work ?? self.work, compression: .fast, stuck: stuck, clock: { .noon },
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  func run(
    _ collectors: [any Collector], request: CaptureRequest = .sample(), stuck: StuckCollectors = .init()
  ) async throws -> CaptureRunner.Result {
    try await CaptureRunner(environment(collectors, stuck: stuck)).run(request) { _ in }
  }
}

extension Timestamp {
  static let noon = Timestamp(seconds: 1_795_521_600)  // 2026-11-24T12:00:00Z
}

extension CaptureRequest {
  static func sample(incident: String = "INC-1", signals: [ReceivedSignal] = []) -> CaptureRequest {
    CaptureRequest(
      incident: Incident(
        id: incident, key: "k", source: "generic", title: "Checkout fails", openedAt: .noon, updatedAt: .noon),
      id: "01J0000000000000000000000A", phase: .opened, sequence: 1, parent: nil, signals: signals,
      requestedAt: .noon, window: TimeWindow(from: Timestamp.noon.adding(seconds: -3600), to: .noon))
  }
}

/// A collector of one JSON Lines artifact whose work is given.
struct ScriptedCollector: Collector {
  var name = "scripted"
  var limits = CollectorLimits(seconds: 10, bytes: 1 << 20)
  var artifacts: [ExpectedArtifact] {
    [ExpectedArtifact(path: "logs/\(name).jsonl", kind: .journal, mediaType: "application/jsonl")]
  }
  var work: @Sendable (CollectorOutput, ExpectedArtifact) throws -> Void

  func collect(into output: CollectorOutput) throws {
    try work(output, artifacts[0])
  }
}

extension EvidenceManifest {
  func artifact(_ path: String) -> ArtifactRecord? {
    artifacts.first { $0.path == path }
  }
}
