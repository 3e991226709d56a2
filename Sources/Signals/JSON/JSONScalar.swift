/// A JSON value that is no array and no object. Integers that fit 64 bits are exact.
enum JSONScalar: Hashable, Sendable {
  case null
  case bool(Bool)
  case integer(Int64)
  case number(Double)
  case string(String)
  /// An array, an object, or a number that no 64-bit type holds.
  case other

  /// - Throws: where there is no value at all.
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // A `Decoder` has no way to ask for a value's type but to try: what throws here is "not that type".
    if container.decodeNil() {
      self = .null
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let value = try? container.decode(Int64.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else {
      self = .other
    }
  }

  /// The text of a label; `nil` for `null`, arrays and objects, which are no labels.
  var labelText: String? {
    switch self {
    case .string(let text): text
    case .integer(let value): String(value)
    case .number(let value): String(value)
    case .bool(let value): String(value)
    case .null, .other: nil
    }
  }
}
