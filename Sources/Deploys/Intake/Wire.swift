internal import Evidence
internal import FoundationEssentials

/// Decodes the body of a delivery, and translates what can go wrong into places and remedies.
///
/// `DecodingError` is not passed on, since its texts quote the content.
///
/// - Parameters:
///   - type: the message as it is on the wire.
///   - body: one JSON document.
/// - Returns: the message.
/// - Throws: `DeployError`.
func decodeWire<Message: Decodable>(_ type: Message.Type, from body: [UInt8]) throws(DeployError) -> Message {
  // Foundation would take UTF-16 for JSON too, which redaction does not see through.
  guard !body.contains(0), String(validating: body, as: UTF8.self) != nil else { throw .notJSON }
  do {
    return try JSONDecoder().decode(type, from: Data(body))
  } catch let error as DecodingError {
    throw DeployError(error)
  } catch {
    throw .notJSON
  }
}

extension DeployError {
  init(_ error: DecodingError) {
    switch error {
    case .typeMismatch(let expected, let context):
      self = .field(pointer: Self.pointer(context.codingPath), problem: "must be \(Self.name(of: expected))")
    case .valueNotFound(let expected, let context):
      self = .field(
        pointer: Self.pointer(context.codingPath), problem: "is null; it must be \(Self.name(of: expected))")
    case .keyNotFound(let key, let context):
      self = .field(pointer: Self.pointer(context.codingPath + [key]), problem: "is missing")
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      self = .field(pointer: Self.pointer(context.codingPath), problem: context.debugDescription)
    default: self = .notJSON
    }
  }

  /// RFC 6901.
  private static func pointer(_ path: [any CodingKey]) -> String {
    path.map { key in
      let token = key.intValue.map(String.init) ?? key.stringValue
      return "/" + token.replacing("~", with: "~0").replacing("/", with: "~1")
    }.joined()
  }

  private static func name(of type: any Any.Type) -> String {
    switch type {
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    case is any BinaryInteger.Type, is any BinaryFloatingPoint.Type: "a number"
    case is any RangeReplaceableCollection.Type: "an array"
    default: "a JSON object"
    }
  }
}

/// A scalar of a vendor's message as text. A vendor that changes the type of a field must not cost the record what
/// does not depend on it: whatever is neither a string nor an integer is no text, and no error.
struct WireText: Decodable {
  /// Trimmed; `nil` for what is blank, too.
  let text: String?

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    // A `Decoder` has no way to ask for a value's type but to try: what throws here is "not that type".
    if let text = try? container.decode(String.self) {
      self.text = text.trimmed
    } else {
      text = (try? container.decode(Int64.self)).map(String.init)
    }
  }

  /// The text as a time: RFC 3339, `2021-04-28 21:50:00 +0200` or `… UTC` (GitLab), or milliseconds since 1970
  /// (Spinnaker).
  var time: Timestamp? {
    guard let text else { return nil }
    if let time = Timestamp(rfc3339: text) { return time }
    if let milliseconds = Int64(text), (100_000_000_000..<7_258_118_400_000).contains(milliseconds) {
      return Timestamp(nanoseconds: milliseconds * 1_000_000)
    }
    let parts = text.split(separator: " ")
    guard parts.count == 3 else { return nil }
    guard parts[2] != "UTC" else { return Timestamp(rfc3339: "\(parts[0])T\(parts[1])Z") }
    guard parts[2].utf8.count == 5 else { return nil }
    return Timestamp(rfc3339: "\(parts[0])T\(parts[1])\(parts[2].prefix(3)):\(parts[2].suffix(2))")
  }
}

/// What is there only where it has the expected form.
struct WireOptional<Value: Decodable>: Decodable {
  let value: Value?

  init(from decoder: any Decoder) throws {
    // A question, as in `WireText`.
    value = try? Value(from: decoder)
  }
}

extension String {
  /// `nil` for what is blank, as scripts send for a variable that is not set.
  var trimmed: String? {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return nil }
    return String(self[first...last])
  }
}

/// The text that a record cannot do without.
///
/// - Parameters:
///   - field: what was found.
///   - pointer: where it was looked for.
/// - Returns: the text.
/// - Throws: `DeployError` that names the place.
func wireRequired(_ field: WireText?, _ pointer: String) throws(DeployError) -> String {
  if let text = field?.text { return text }
  guard field != nil else {
    throw .field(pointer: pointer, problem: "is missing; it must be a string that is not empty")
  }
  throw .field(pointer: pointer, problem: "must be a string that is not empty")
}

/// A time that is there has to be one.
func wireTime(_ field: WireText?, _ pointer: String) throws(DeployError) -> Timestamp? {
  guard let field, let text = field.text, !text.hasPrefix("0001-01-01") else { return nil }
  guard let time = field.time else {
    throw .field(pointer: pointer, problem: "must be an RFC 3339 time, as 2026-11-24T03:49:34Z")
  }
  return time
}

/// Whether a name of the version control system is that of a release, `v2.4.1`, and not of a branch.
func isRelease(_ name: some StringProtocol) -> Bool {
  let number = name.first == "v" || name.first == "V" ? name.dropFirst() : name[...]
  let parts = number.split(separator: ".", omittingEmptySubsequences: false)
  guard parts.count > 1, let first = parts.first, let second = parts.dropFirst().first else { return false }
  return !first.isEmpty && first.allSatisfy(\.isNumber) && second.first?.isNumber == true
}

/// Whether a text is the id of a commit: 40 or 64 hexadecimal digits.
func isCommit(_ text: some StringProtocol) -> Bool {
  (text.utf8.count == 40 || text.utf8.count == 64) && text.allSatisfy(\.isHexDigit)
}
