import Evidence
import Foundation
import Testing

@testable import Journal

/// The real tools that tests make journals with and compare with.
enum Tool {
  static let remote = "/lib/systemd/systemd-journal-remote"
  static let journalctl = "/usr/bin/journalctl"

  static var canMakeJournals: Bool { FileManager.default.isExecutableFile(atPath: remote) }
  static var canCompare: Bool { canMakeJournals && FileManager.default.isExecutableFile(atPath: journalctl) }

  /// Runs a tool to its end.
  /// - Returns: what it wrote to its standard output.
  @discardableResult
  static func run(
    _ path: String, _ arguments: [String], input: [UInt8]? = nil, environment: [String: String] = [:]
  ) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let output = folder.path + "/output"
    try Data().write(to: URL(fileURLWithPath: output))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.environment = [
      "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "TZ": "UTC", "LC_ALL": "C.UTF-8", "SYSTEMD_COLORS": "0",
    ].merging(environment) { $1 }
    process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
    process.standardError = FileHandle.nullDevice
    if let input {
      try Data(input).write(to: URL(fileURLWithPath: folder.path + "/input"))
      process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: folder.path + "/input"))
    }
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "\(path) failed")
    return try [UInt8](Data(contentsOf: URL(fileURLWithPath: output)))
  }
}

final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "exhibit-journal-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
  }

  deinit {
    // What cannot be removed is left to the system's own cleaning of temporary folders.
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Makes a journal file of text in the export format.
  @discardableResult
  func makeJournal(_ export: [UInt8], name: String = "system.journal") throws -> String {
    let file = path + "/" + name
    try Tool.run(Tool.remote, ["--split-mode=none", "-o", file, "-"], input: export)
    return file
  }

  func journalctl(_ arguments: String...) throws -> [UInt8] {
    try Tool.run(Tool.journalctl, ["-D", path, "--no-pager", "-q"] + arguments)
  }
}

struct Field: Hashable, Comparable, CustomStringConvertible {
  var name: String
  var value: [UInt8]

  init(_ name: String, _ value: [UInt8]) {
    self.name = name
    self.value = value
  }

  init(_ name: String, _ value: String) {
    self.init(name, Array(value.utf8))
  }

  static func < (left: Self, right: Self) -> Bool {
    (left.name, String(describing: left.value)) < (right.name, String(describing: right.value))
  }

  var description: String { "\(name)=\(String(decoding: value.prefix(80), as: UTF8.self))" }
}

/// An entry to be written, or one that was read.
struct Sample: Equatable {
  var realtime: UInt64
  var monotonic: UInt64
  var boot: String
  var fields: [Field]

  static let boot = "0123456789abcdef0123456789abcdef"
  /// 2026-11-24T03:49:34Z
  static let start: UInt64 = 1_795_492_174_000_000

  init(at seconds: Double, boot: String = Sample.boot, monotonic: Double? = nil, _ fields: [Field]) {
    realtime = UInt64(Int64(Sample.start) + Int64(seconds * 1e6))
    self.monotonic = UInt64((monotonic ?? seconds + 1e6) * 1e6)
    self.boot = boot
    self.fields = fields
  }

  init(at seconds: Double, message: String, boot: String = Sample.boot, monotonic: Double? = nil) {
    self.init(at: seconds, boot: boot, monotonic: monotonic, [Field("MESSAGE", message)])
  }

  var export: [UInt8] {
    var text = Array("__REALTIME_TIMESTAMP=\(realtime)\n__MONOTONIC_TIMESTAMP=\(monotonic)\n".utf8)
    text += Array("_BOOT_ID=\(boot)\n".utf8)
    for field in fields {
      text += Array(field.name.utf8)
      // systemd-journal-remote passes over an empty value in the form with a length.
      if field.value.isEmpty {
        text += Array("=\n".utf8)
        continue
      }
      text += [0x0A]
      withUnsafeBytes(of: UInt64(field.value.count).littleEndian) { text += Array($0) }
      text += field.value + [0x0A]
    }
    return text + [0x0A]
  }
}

/// A window in seconds around the samples' start.
func window(_ from: Double, _ to: Double) -> TimeWindow {
  let start = Timestamp(microseconds: Sample.start)
  return TimeWindow(from: start.adding(seconds: from), to: start.adding(seconds: to))
}

let always = TimeWindow(from: Timestamp(nanoseconds: 0), to: Timestamp(nanoseconds: .max))

struct Reading {
  var entries: [JournalEntry] = []
  /// The fields of each entry, `_BOOT_ID` left out: it is the entry's.
  var fields: [[Field]] = []
  var coverage: JournalCoverage

  var messages: [String] {
    fields.compactMap { fields in
      fields.first { $0.name == "MESSAGE" }.map { String(decoding: $0.value, as: UTF8.self) }
    }
  }

  func gaps(_ cause: GapCause) -> [Gap] { coverage.gaps.filter { $0.cause == cause } }
}

func read(_ query: JournalQuery) throws -> Reading {
  var reader = try JournalReader(query)
  var entries: [JournalEntry] = []
  var all: [[Field]] = []
  while let entry = try reader.next() {
    var fields: [Field] = []
    reader.forEachField { name, value in
      if !name.equals("_BOOT_ID") {
        fields.append(Field(String(decoding: name, as: UTF8.self), Array(value)))
      }
    }
    entries.append(entry)
    all.append(fields)
  }
  return Reading(entries: entries, fields: all, coverage: reader.finish(artifact: "logs/journal.jsonl"))
}

/// Encodes all entries of a folder.
func encode(
  _ directory: String, begin: (JournalEntry, inout [UInt8]) -> Void,
  append: (UnsafeRawBufferPointer, UnsafeRawBufferPointer, inout [UInt8]) -> Void,
  end: (inout [UInt8]) -> Void
) throws -> [UInt8] {
  var reader = try JournalReader(JournalQuery(window: always, directory: directory))
  var output: [UInt8] = []
  while let entry = try reader.next() {
    begin(entry, &output)
    reader.forEachField { append($0, $1, &output) }
    end(&output)
  }
  return output
}

func jsonLines(_ directory: String) throws -> [UInt8] {
  var encoder = JournalJSONEncoder()
  return try encode(
    directory, begin: { encoder.begin($0, to: &$1) },
    append: { encoder.append(name: $0, value: $1, to: &$2) },
    end: { encoder.end(to: &$0) })
}

func exportText(_ directory: String) throws -> [UInt8] {
  let encoder = JournalExportEncoder()
  return try encode(
    directory, begin: { encoder.begin($0, to: &$1) },
    append: { encoder.append(name: $0, value: $1, to: &$2) },
    end: { encoder.end(to: &$0) })
}

func lines(_ bytes: [UInt8]) -> [[UInt8]] {
  bytes.split(separator: 0x0A, omittingEmptySubsequences: true).map(Array.init)
}

/// Small numbers from a seed, the same on every run (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

/// Entries with everything that fields can hold: text of many scripts, control characters, invalid UTF-8 of
/// every kind, empty values, names that come twice.
func randomSamples(_ count: Int, seed: UInt64) -> [Sample] {
  var random = SeededGenerator(seed: seed)
  let pieces: [[UInt8]] = [
    Array("plain text of a log line".utf8), Array("\"quoted\\path\"".utf8), Array("a\tb".utf8),
    Array("line\nline\n".utf8), Array("Überprüfung ✓ 接続 🚀".utf8), [0x1B, 0x5B, 0x33, 0x32, 0x6D], [0x00],
    [0x7F], [0xC2, 0x85], [0xC2, 0xA0], [0xC0, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
    [0xEF, 0xBF, 0xBE], [0xEF, 0xB7, 0x90], [0xEF, 0xBF, 0xBD], [0xF4, 0x90, 0x80, 0x80], [0xF0, 0x9F, 0x98],
    [0xF0, 0x8F, 0xBF, 0xBF], [0xF0, 0x9F, 0xBF, 0xBF], [0xFF], [0x80], [],
  ]
  return (0..<count).map { index in
    var fields = [Field("MESSAGE", "entry \(index)"), Field("_HOSTNAME", "host"), Field("PRIORITY", "6")]
    for name in ["ALPHA", "BETA", "GAMMA", "DELTA_WITH_A_LONG_NAME", "E"] {
      for _ in 0..<Int.random(in: 0...2, using: &random) {
        let value = (0..<Int.random(in: 0...4, using: &random)).flatMap { _ in
          Int.random(in: 0...2, using: &random) > 0 ? pieces[0] : pieces.randomElement(using: &random) ?? []
        }
        fields.append(Field(name, value))
      }
    }
    return Sample(at: Double(index), fields.shuffled(using: &random))
  }
}
