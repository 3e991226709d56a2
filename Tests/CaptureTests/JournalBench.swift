import Bundle
import Capture
import Evidence
import Foundation
import Journal
import Redaction
import Testing

private let remote = "/lib/systemd/systemd-journal-remote"

let canMakeJournals = access(remote, X_OK) == 0

extension CaptureBench {
  /// Makes a journal of entries in Journal Export Format.
  func makeJournal(
    _ entries: [[(String, [UInt8])]], spacing: Double = 1, start: Double = -600, file: String = "system"
  ) throws {
    var stream: [UInt8] = []
    for (index, fields) in entries.enumerated() {
      let time = Timestamp.noon.adding(seconds: start + Double(index) * spacing).microseconds
      stream += Array("__REALTIME_TIMESTAMP=\(time)\n__MONOTONIC_TIMESTAMP=\(1_000_000 + index)\n".utf8)
      stream += Array("_BOOT_ID=6c7c6013a26343b29e964691ff25d04c\n".utf8)
      for (name, value) in fields {
        var length = UInt64(value.count).littleEndian
        stream += Array(name.utf8) + [0x0A] + withUnsafeBytes(of: &length) { Array($0) } + value + [0x0A]
      }
      stream.append(0x0A)
    }
    let journal = folder + "/journal"
    try FileManager.default.createDirectory(atPath: journal, withIntermediateDirectories: true)
    try Data(stream).write(to: URL(filePath: folder + "/stream.export"))
    let process = Process()
    process.executableURL = URL(filePath: remote)
    process.arguments = [
      "--split-mode=none", "-o", "\(journal)/\(file).journal", folder + "/stream.export",
    ]
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  func capture(
    _ request: CaptureRequest = .sample(), fields: JournalFields = .contexts, threads: Int = 2,
    bytes: Int = 64 << 20, unitLimit: Int = 0
  ) async throws -> (CaptureRunner.Result, String) {
    var profile = JournalProfile()
    profile.directory = folder + "/journal"
    profile.fields = fields
    profile.threads = threads
    profile.unitLimit = unitLimit
    let collector = JournalCollector(profile, limits: CollectorLimits(seconds: 30, bytes: bytes))
    let result = try await run([collector], request: request)
    let bytes = try BundleReader(path: result.bundle.path).read("logs/journal.jsonl", limit: 1 << 26)
    return (result, String(decoding: bytes, as: UTF8.self))
  }
}
