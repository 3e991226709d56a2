/// Writes entries in the Journal Export Format (https://systemd.io/JOURNAL_EXPORT_FORMATS), which
/// systemd-journal-remote reads back: `NAME=value` lines, an empty line after each entry; where a value has
/// a newline, a control character or is not UTF-8, `NAME`, a newline, its length in 8 bytes little-endian,
/// its bytes.
package struct JournalExportEncoder: Sendable {
  package init() {}

  package func begin(_ entry: JournalEntry, to output: inout [UInt8]) {
    output.append(literal: "__CURSOR=")
    entry.appendCursor(to: &output)
    output.append(literal: "\n__REALTIME_TIMESTAMP=")
    output.append(decimal: entry.realtime)
    output.append(literal: "\n__MONOTONIC_TIMESTAMP=")
    output.append(decimal: entry.monotonic)
    output.append(literal: "\n_BOOT_ID=")
    entry.bootID.append(to: &output)
    output.append(UInt8(ascii: "\n"))
  }

  /// Appends one field. `_BOOT_ID` is passed over: the entry has it.
  package func append(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    if name.equals("_BOOT_ID") { return }
    appendField(name: name, value: value, as: JournalText.kind(of: value), to: &output)
  }

  func appendField(
    name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, as kind: JournalText.Kind,
    to output: inout some ByteOutput & ~Copyable
  ) {
    output.append(name)
    switch kind {
    case .plain, .quoted, .spaced(hasNewline: false):
      output.append(UInt8(ascii: "="))
    case .spaced(hasNewline: true), .binary:
      output.append(UInt8(ascii: "\n"))
      withUnsafeBytes(of: UInt64(value.count).littleEndian) { output.append($0) }
    }
    output.append(value)
    output.append(UInt8(ascii: "\n"))
  }

  package func end(to output: inout [UInt8]) {
    output.append(UInt8(ascii: "\n"))
  }
}
