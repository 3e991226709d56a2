internal import FoundationEssentials

/// What `--json` prints.
enum JSONOutput {
  /// Prints the value with sorted keys and indentation, and a line break at the end.
  static func print(_ value: some Encodable) throws {
    try Output.print(encoded(value))
  }

  /// The bytes that `print` prints.
  static func encoded(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return try [UInt8](encoder.encode(value)) + "\n".utf8
  }
}
