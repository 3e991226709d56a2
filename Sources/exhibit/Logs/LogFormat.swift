internal import Evidence

/// The forms that `exhibit logs` writes entries in.
enum LogFormat: String, CaseIterable {
  /// One line for people, the time in UTC.
  case short
  /// The line as it stands in the bundle.
  case json
  /// Journal Export Format, for systemd-journal-remote (https://systemd.io/JOURNAL_EXPORT_FORMATS).
  case export

  /// Appends the entry.
  func append(_ line: JournalLine, colour: Bool, to output: inout [UInt8]) throws {
    switch self {
    case .short: try LogFormat.appendShort(line, colour: colour, to: &output)
    case .json:
      output.append(contentsOf: line.bytes)
      output.append(UInt8(ascii: "\n"))
    case .export: try LogFormat.appendExport(line, to: &output)
    }
  }

  /// `2026-11-24T03:49:34.123Z host sshd[812]: message`; further lines of a message are indented below it.
  private static func appendShort(_ line: JournalLine, colour: Bool, to output: inout [UInt8]) throws {
    let fields = try LogFields(line)
    let time = try line.number(at: fields.realtime).map { Timestamp(microseconds: $0).rfc3339 }
    let identifier = try line.text(at: fields.identifier) ?? line.text(at: fields.command) ?? "unknown"
    let process = try line.text(at: fields.processID).map { "[\($0)]" } ?? ""
    let host = try line.text(at: fields.hostname) ?? "-"
    let stamp = time.map { $0.prefix(23) + "Z" } ?? "-"
    let head = "\(stamp) \(DisplayText.sanitised(host)) \(DisplayText.sanitised(identifier + process)): "
    let lines = (try line.text(at: fields.message) ?? "").split(separator: "\n", omittingEmptySubsequences: false)
    let style = colour ? try style(of: line.number(at: fields.priority)) : nil
    let indent = "\n" + String(repeating: " ", count: head.count)
    let message = lines.map { line in
      let text = DisplayText.sanitised(String(line.replacing("\t", with: "        ")))
      return style?.applied(to: text) ?? text
    }
    output += (head + message.joined(separator: indent) + "\n").utf8
  }

  private static func style(of priority: UInt64?) -> Style? {
    switch priority {
    case 0, 1, 2, 3: .red
    case 4: .yellow
    case 5: .bold
    case 7: .dim
    default: nil
    }
  }

  private static func appendExport(_ line: JournalLine, to output: inout [UInt8]) throws {
    try line.forEachMember { member in
      for value in try line.values(at: member.value) {
        output.append(contentsOf: line.bytes[member.name])
        appendExport(value, to: &output)
      }
      return true
    }
    output.append(UInt8(ascii: "\n"))
  }

  /// `=text`, or for what is not one line of text a line break, the length in 64 bits little endian, and the bytes.
  private static func appendExport(_ value: [UInt8], to output: inout [UInt8]) {
    let isText = value.allSatisfy { $0 >= 0x20 || $0 == 0x09 } && String(validating: value, as: UTF8.self) != nil
    if isText {
      output.append(UInt8(ascii: "="))
    } else {
      output.append(UInt8(ascii: "\n"))
      withUnsafeBytes(of: UInt64(value.count).littleEndian) { output.append(contentsOf: $0) }
    }
    output += value
    output.append(UInt8(ascii: "\n"))
  }
}
