internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Standard input in pieces, with progress on a terminal.
struct InputPump: ~Copyable {
  private static let chunk = 256 * 1024

  private let input = OpenFile.standardInput()
  private let total: Int?
  private var buffer = [UInt8](repeating: 0, count: InputPump.chunk)
  private var line = ProgressLine()
  private var done = 0

  init() throws(FileError) {
    total = try input.length()
  }

  /// Whether standard input is a pipe or a terminal, of which nobody knows the end.
  var isEndless: Bool { total == nil }

  /// Lends the next piece; returns whether there was one.
  mutating func next(_ body: (UnsafeRawBufferPointer) throws(FileError) -> Void) throws(FileError) -> Bool {
    let count = try input.readSome(into: &buffer)
    guard count > 0 else { return false }
    if done == 0 { try refuseUTF16(count) }
    try buffer.span.extracting(first: count).withUnsafeBytes { (bytes) throws(FileError) in try body(bytes) }
    done += count
    if let total, !Terminal.outputIsTerminal { line.show("Redacting", done: done, total: max(total, done)) }
    return true
  }
}

extension InputPump {
  /// Its bytes are none that a rule knows: it would pass whole, as if it held no secret. The mark at its beginning is that
  /// of RFC 2781, section 3.2.
  private func refuseUTF16(_ count: Int) throws(FileError) {
    guard count >= 2, [[0xFF, 0xFE], [0xFE, 0xFF]].contains(Array(buffer[..<2])) else { return }
    throw FileError(
      call: "redact UTF-16 (convert it first: iconv -f UTF-16 -t UTF-8)", path: "standard input", code: EILSEQ
    )
  }
}

/// One text from begin to end.
struct StreamPass {
  let redactor: Redactor

  func run() throws(FileError) -> RedactionCounts {
    var stream = redactor.makeStream()
    let output = Output()
    var pump = try InputPump()
    let isEndless = pump.isEndless
    while try pump.next({ (bytes) throws(FileError) in
      try stream.write(bytes) { (redacted) throws(FileError) in try output.write(redacted) }
      // Whoever watches a pipe wants to see what came, not a full buffer.
      if isEndless { try output.flush() }
    }) {}
    try stream.finish { (redacted) throws(FileError) in try output.write(redacted) }
    try output.flush()
    return stream.counts
  }
}

/// Records that end with NUL, each a text of its own.
struct RecordPass {
  /// A record of more bytes goes through a stream, so that memory stays bounded.
  private static let limit = 1 << 20

  let redactor: Redactor

  func run() throws(FileError) -> RedactionCounts {
    var records = redactor.makeRecordRedactor()
    var total = RedactionCounts()
    var record: [UInt8] = []
    var long: LongRecord?
    let output = Output()
    var pump = try InputPump()
    let isEndless = pump.isEndless
    while try pump.next({ (bytes) throws(FileError) in
      var rest = bytes[...]
      while !rest.isEmpty {
        let end = rest.firstIndex(of: 0)
        record.append(contentsOf: rest[..<(end ?? rest.endIndex)])
        rest = rest[(end.map { $0 + 1 } ?? rest.endIndex)...]
        if record.count > Self.limit || long != nil {
          if long == nil { long = LongRecord(redactor) }
          try long?.write(&record, to: output)
        }
        guard end != nil else { break }
        try finish(&record, &long, &records, &total, output)
        try output.write([0])
      }
      if isEndless { try output.flush() }
    }) {}
    // The last record may have no NUL behind it, and then gets none.
    if !record.isEmpty || long != nil { try finish(&record, &long, &records, &total, output) }
    try output.flush()
    total.add(records.counts)
    return total
  }

  private func finish(
    _ record: inout [UInt8], _ long: inout LongRecord?, _ records: inout RecordRedactor,
    _ total: inout RedactionCounts, _ output: Output
  ) throws(FileError) {
    if let pass = long {
      total.add(try pass.finish(to: output))
      long = nil
    } else {
      var (state, redacted) = (BlockState(), [UInt8]())
      record.withUnsafeBytes { records.redact($0, state: &state, appendingTo: &redacted) }
      try output.write(redacted)
    }
    record.removeAll(keepingCapacity: true)
  }
}

/// A record that is too long to be held.
private final class LongRecord {
  private var stream: RedactionStream

  init(_ redactor: Redactor) {
    stream = redactor.makeStream()
  }

  func write(_ bytes: inout [UInt8], to output: Output) throws(FileError) {
    try bytes.span.withUnsafeBytes { (bytes) throws(FileError) in
      try stream.write(bytes) { (redacted) throws(FileError) in try output.write(redacted) }
    }
    bytes.removeAll(keepingCapacity: true)
  }

  func finish(to output: Output) throws(FileError) -> RedactionCounts {
    try stream.finish { (redacted) throws(FileError) in try output.write(redacted) }
    return stream.counts
  }
}

/// Says where secrets are, and never what they are.
struct CheckPass {
  /// A longer line is looked at in pieces.
  private static let limit = 1 << 20

  let redactor: Redactor
  let isNull: Bool

  func run() throws(FileError) -> (RedactionCounts, isClean: Bool) {
    var records = redactor.makeRecordRedactor()
    var state = BlockState()
    var number = 1
    var line: [UInt8] = []
    let output = Output()
    let separator: UInt8 = isNull ? 0 : 0x0A
    var pump = try InputPump()
    while try pump.next({ (bytes) throws(FileError) in
      var rest = bytes[...]
      while !rest.isEmpty {
        let end = rest.firstIndex(of: separator)
        line.append(contentsOf: rest[..<(end.map { isNull ? $0 : $0 + 1 } ?? rest.endIndex)])
        rest = rest[(end.map { $0 + 1 } ?? rest.endIndex)...]
        guard end != nil || line.count > Self.limit else { break }
        try look(at: &line, number, &records, &state, output)
        if end != nil { number += 1 }
        if isNull { state = BlockState() }
      }
    }) {}
    if !line.isEmpty { try look(at: &line, number, &records, &state, output) }
    try output.flush()
    return (records.counts, records.total == 0)
  }

  private func look(
    at line: inout [UInt8], _ number: Int, _ records: inout RecordRedactor, _ state: inout BlockState,
    _ output: Output
  ) throws(FileError) {
    let before = records.total
    var redacted: [UInt8] = []
    let countsBefore = line.isEmpty ? RedactionCounts() : records.counts
    line.withUnsafeBytes { records.redact($0, state: &state, appendingTo: &redacted) }
    line.removeAll(keepingCapacity: true)
    guard records.total > before else { return }
    let found = records.counts.byRule.filter { $0.value > countsBefore.byRule[$0.key] ?? 0 }
    for rule in found.keys.sorted() { try output.write("\(isNull ? "record" : "line") \(number): \(rule)\n") }
  }
}

extension Output {
  func write(_ redacted: Redacted) throws(FileError) {
    try redacted.withUnsafeBytes { (bytes) throws(FileError) in try write(bytes) }
  }
}
