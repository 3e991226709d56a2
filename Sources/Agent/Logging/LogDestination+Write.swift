internal import CSystemd
internal import Evidence
internal import Logging

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension LogDestination {
  /// Writes one record; blocks while the destination does. What journald refuses goes to standard error.
  func deliver(_ record: LogRecord) {
    switch self {
    case .journal:
      if LogDestination.sendToJournal(record.journalFields) < 0 {
        LogDestination.print(record.line(colour: false))
      }
    case .text(let colour):
      LogDestination.print(record.line(colour: colour))
    }
  }

  /// - Returns: A negated errno where journald did not take it.
  private static func sendToJournal(_ fields: [String]) -> Int32 {
    // One buffer for all fields, so that the pointers into it hold while the call lasts.
    var buffer: [UInt8] = []
    var lengths: [Int] = []
    for field in fields {
      let before = buffer.count
      buffer += field.utf8
      lengths.append(buffer.count - before)
    }
    return buffer.withUnsafeMutableBytes { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      var offset = 0
      let vectors = lengths.map { length in
        defer { offset += length }
        return iovec(iov_base: base + offset, iov_len: length)
      }
      return sd_journal_sendv(vectors, Int32(vectors.count))
    }
  }

  /// Standard error has nowhere to report its own failure to.
  private static func print(_ line: String) {
    let bytes = Array(line.utf8)
    var offset = 0
    while offset < bytes.count {
      let count = bytes[offset...].withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { return }
      offset += max(0, count)
    }
  }
}

extension LogRecord {
  /// `KEY=value` as systemd.journal-fields(7) wants them. Metadata `incident.id` is `EXHIBIT_INCIDENT_ID`.
  package var journalFields: [String] {
    ["MESSAGE=\(text)", "PRIORITY=\(level.priority)", "SYSLOG_IDENTIFIER=exhibit"]
      + fields.map { field in
        field.name == MessageID.key
          ? "MESSAGE_ID=\(field.value)" : "EXHIBIT_\(LogRecord.journalName(field.name))=\(field.value)"
      }
  }

  /// Upper-case letters, digits and underscores; journald takes names of at most 64 bytes.
  private static func journalName(_ name: String) -> String {
    let characters = name.uppercased().utf8.map { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
      default: UInt8(ascii: "_")
      }
    }
    return String(decoding: characters.prefix(56), as: UTF8.self)
  }

  /// `2026-11-24T03:49:34.123Z notice Captured evidence incident.id=INC-1`, with its newline.
  package func line(colour: Bool) -> String {
    let time = "\(self.time.rfc3339.prefix(23))Z"
    let level = colour ? "\(self.level.colour)\(self.level.rawValue)\u{1B}[0m" : self.level.rawValue
    return "\(time) \(level) \(text)\n"
  }

  /// The message and its metadata: what `journalctl -u exhibit` shows has to tell the reason, too.
  private var text: String {
    let pairs = fields.filter { $0.name != MessageID.key }.map { " \($0.name)=\(LogRecord.value($0.value))" }
    return "\(LogRecord.escaped(message))\(pairs.joined())"
  }

  private static func value(_ text: String) -> String {
    let plain = !text.isEmpty && !text.utf8.contains { " \"=".utf8.contains($0) }
    return plain ? escaped(text) : "\"\(escaped(text).replacing("\"", with: "\\\""))\""
  }

  /// Control characters written out: a message from outside forges neither a line nor a terminal sequence.
  private static func escaped(_ text: String) -> String {
    // Nearly all texts are of printable ASCII alone, and looking that up costs more than all else here.
    guard text.utf8.contains(where: { !(0x20..<0x7F).contains($0) }),
      text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { return text }
    return text.unicodeScalars.reduce(into: "") { result, scalar in
      if scalar.properties.generalCategory == .control {
        result += scalar == "\n" ? "\\n" : "\\x\(String(scalar.value, radix: 16))"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
  }
}

extension Logger.Level {
  /// syslog(3)'s severity.
  var priority: Int {
    switch self {
    case .trace, .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }

  /// An ANSI sequence.
  fileprivate var colour: String {
    switch self {
    case .trace, .debug: "\u{1B}[2m"
    case .info, .notice: "\u{1B}[32m"
    case .warning: "\u{1B}[33m"
    case .error, .critical: "\u{1B}[31m"
    }
  }
}
