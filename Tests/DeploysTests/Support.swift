import Deploys
import Evidence
import Foundation

/// The bytes of `Tests/Fixtures/deploys/{name}`.
func fixture(_ name: String) throws -> [UInt8] {
  Array(try Data(contentsOf: fixtureURL(name)))
}

func fixtureURL(_ name: String) -> URL {
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Fixtures/deploys/\(name)")
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The instant of `2026-11-23T22:00:00`, in UTC.
func utc(_ text: String) -> Timestamp { Timestamp(rfc3339: text + "Z") ?? Timestamp(nanoseconds: .min) }

func window(_ from: String, _ to: String) -> TimeWindow { TimeWindow(from: utc(from), to: utc(to)) }

let always = window("2000-01-01T00:00:00", "2100-01-01T00:00:00")
let utcZone = TimeZone(secondsFromGMT: 0) ?? .gmt

/// What one package log says, in UTC.
func apt(_ text: String) -> PackageLog { AptHistory.parse(bytes(text), near: always, zone: utcZone) }
func dpkg(_ text: String) -> PackageLog { DpkgLog.parse(bytes(text), near: always, zone: utcZone) }

struct Python {
  /// Whether `python3` has the module.
  static func has(_ module: String) -> Bool {
    (try? run("import \(module)", input: []))?.status == 0
  }

  static func run(_ script: String, _ arguments: [String] = [], input: [UInt8]) throws -> (
    status: Int32, output: String
  ) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script] + arguments
    let (standardInput, output) = (Pipe(), Pipe())
    process.standardInput = standardInput
    process.standardOutput = output
    process.standardError = output
    try process.run()
    try standardInput.fileHandleForWriting.write(contentsOf: Data(input))
    try standardInput.fileHandleForWriting.close()
    let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }
}
