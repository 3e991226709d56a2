import Evidence
import Foundation
import Redaction
import Storage

/// A state database in a folder that goes with it.
final class TemporaryState: Sendable {
  let folder: URL
  let database: StateDatabase
  let redactor = Redactor(rules: .builtIn, key: .random())

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "exhibit-storage-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    database = try StateDatabase(path: folder.path + "/exhibit.sqlite")
  }

  deinit {
    do {
      try FileManager.default.removeItem(at: folder)
    } catch {
      print("could not remove \(folder.path): \(error)")
    }
  }

  @discardableResult
  func accept(_ signal: Signal, body: String = "{}", queueLimit: Int = 1000) async throws -> Acceptance {
    try await database.accept(
      signal, body: redactor.redact(body), headers: ["content-type": "application/json"],
      queueLimit: queueLimit)
  }
}

extension Timestamp {
  static let start = Timestamp(seconds: 1_795_492_800)  // 2026-11-24T04:00:00Z
}

extension Signal {
  static func alert(
    _ key: String, phase: SignalPhase = .opened, id: String? = nil, delivery: String? = nil,
    at: Timestamp = .start
  ) -> Signal {
    Signal(
      source: "alertmanager", incidentKey: key, incidentID: id, deliveryID: delivery, phase: phase,
      title: "Checkout fails", severity: "critical", receivedAt: at)
  }
}
