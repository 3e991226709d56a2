internal import FoundationEssentials

/// Decodes a whole body and translates what can go wrong into places and remedies.
///
/// `DecodingError` is not passed on as it is, since its texts quote the content. Foundation would also take
/// UTF-16 and UTF-32 for JSON, which redaction does not see through: those hold NUL bytes, JSON in UTF-8 none.
func decodeJSON<Value: Decodable>(_ type: Value.Type, from body: [UInt8]) throws(SignalError) -> Value {
  try decodeJSON(body) { decoder, data throws in try decoder.decode(type, from: data) }
}

/// Decodes a whole body whose form depends on `configuration`.
func decodeJSON<Value: DecodableWithConfiguration>(
  _ type: Value.Type, from body: [UInt8], configuration: Value.DecodingConfiguration
) throws(SignalError) -> Value {
  try decodeJSON(body) { decoder, data throws in
    try decoder.decode(type, from: data, configuration: configuration)
  }
}

private func decodeJSON<Value>(
  _ body: [UInt8], _ decode: (JSONDecoder, Data) throws -> Value
) throws(SignalError) -> Value {
  guard !body.contains(0), String(validating: body, as: UTF8.self) != nil else {
    throw .notJSON(detail: "send one JSON document in UTF-8")
  }
  do {
    return try decode(JSONDecoder(), Data(body))
  } catch let error as SignalError {
    throw error
  } catch let error as DecodingError {
    throw SignalError(error)
  } catch {
    throw .notJSON(detail: "send one JSON document in UTF-8")
  }
}

extension SignalError {
  fileprivate init(_ error: DecodingError) {
    switch error {
    case .keyNotFound(let key, let context):
      self = .field(pointer: pointerText(context.codingPath + [key]), problem: "is missing")
    case .valueNotFound(let type, let context):
      self = .field(
        pointer: pointerText(context.codingPath), problem: "is null; it must be \(word(for: type))")
    case .typeMismatch(let type, let context):
      self = .field(pointer: pointerText(context.codingPath), problem: "must be \(word(for: type))")
    case .dataCorrupted(let context) where !context.codingPath.isEmpty:
      self = .field(pointer: pointerText(context.codingPath), problem: "is malformed or out of range")
    case .dataCorrupted:
      self = .notJSON(detail: "send one JSON document in UTF-8")
    @unknown default:
      self = .notJSON(detail: "send one JSON document in UTF-8")
    }
  }
}

private func pointerText(_ path: some Sequence<any CodingKey>) -> String {
  JSONPointer(tokens: path.map { key in key.intValue.map(String.init) ?? key.stringValue }).description
}

private func word(for type: any Any.Type) -> String {
  switch type {
  case is String.Type: "a string"
  case is Int.Type, is Int64.Type: "an integer"
  case is [String: Any].Type, is [String: String].Type: "an object"
  case is [Any].Type: "an array"
  default: "of another type"
  }
}
