internal import ArgumentParser
internal import Journal

/// The forms that `exhibit logs` writes entries in.
enum LogFormat: String, CaseIterable, ExpressibleByArgument {
  /// One line for people, as syslog has it; the time in UTC.
  case short
  /// The line as it stands in the bundle.
  case json
  /// Journal Export Format, for systemd-journal-remote.
  case export
  /// Only the messages.
  case cat
}

/// Writes entries in one of the forms.
struct LogPrinter {
  let format: LogFormat
  /// Whether to mark severe entries of the short form.
  let colour: Bool
  private var short: JournalShortEncoder
  private var json = JournalJSONEncoder()
  private let export = JournalExportEncoder()

  init(format: LogFormat, zone: JournalZone = .utc, colour: Bool) {
    short = JournalShortEncoder(zone: zone)
    self.format = format
    self.colour = colour
  }

  /// Appends one entry: `bytes` is the line of the bundle without its line break, `line` the same parsed.
  mutating func append(_ bytes: UnsafeRawBufferPointer, _ line: JournalLine, to output: inout [UInt8]) {
    switch format {
    case .short: appendShort(line, to: &output)
    case .json where line.isWhole:
      output.append(contentsOf: bytes)
      output.append(UInt8(ascii: "\n"))
    case .json:
      json.begin(line.entry, to: &output)
      line.forEachField { json.append(name: $0, value: $1, to: &output) }
      json.end(to: &output)
    case .cat: appendMessage(line, to: &output)
    case .export:
      export.begin(line.entry, to: &output)
      line.forEachField { export.append(name: $0, value: $1, to: &output) }
      export.end(to: &output)
    }
  }

  private func appendMessage(_ line: JournalLine, to output: inout [UInt8]) {
    line.forEachField { name, value in
      guard name.elementsEqual("MESSAGE".utf8) else { return }
      JournalShortEncoder.append(message: value, to: &output)
      output.append(UInt8(ascii: "\n"))
    }
  }

  private mutating func appendShort(_ line: JournalLine, to output: inout [UInt8]) {
    let start = output.count
    short.begin(line.entry)
    line.forEachField { short.append(name: $0, value: $1) }
    short.end(to: &output)
    guard colour, output.count > start, let style = Self.style(of: line) else { return }
    let text = String(decoding: output[start..<(output.count - 1)], as: UTF8.self)
    output.replaceSubrange(start..<(output.count - 1), with: style.applied(to: text).utf8)
  }

  private static func style(of line: JournalLine) -> Style? {
    switch line.text(of: "PRIORITY") {
    case "0", "1", "2", "3": .red
    case "4": .yellow
    case "5": .bold
    case "7": .dim
    default: nil
    }
  }
}
