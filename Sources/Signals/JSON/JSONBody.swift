internal import FoundationEssentials

/// Reads a whole body, and translates what can go wrong into places and remedies.
///
/// `DecodingError` is not passed on, since its texts quote the content. Foundation would also take UTF-16 and
/// UTF-32 for JSON, which redaction does not see through: those hold NUL bytes, JSON in UTF-8 none. It refuses
/// what is nested more than 512 deep.
///
/// - Parameters:
///   - body: one JSON document.
///   - remarks: gets what could not be read and is not needed.
///   - read: gets the document's root, which is of use only there.
/// - Returns: what `read` returns.
/// - Throws: what `read` throws, and `SignalError.notJSON`.
func readJSON<Value>(
  _ body: [UInt8], remarks: SignalRemarks, _ read: (JSONPlace) throws(SignalError) -> Value
) throws(SignalError) -> Value {
  let refusal = SignalError.notJSON(detail: "send one JSON document in UTF-8")
  guard !body.contains(0), String(validating: body, as: UTF8.self) != nil else { throw refusal }
  do {
    return try withoutActuallyEscaping(read) { read in
      try JSONDecoder().decode(
        JSONDocument<Value>.self, from: Data(body),
        configuration: { try read(JSONPlace(root: $0, remarks: remarks)) }
      ).value
    }
  } catch let error as SignalError {
    throw error
  } catch {
    throw refusal
  }
}

private struct JSONDocument<Value>: DecodableWithConfiguration {
  let value: Value

  init(from decoder: any Decoder, configuration: (any Decoder) throws -> Value) throws {
    value = try configuration(decoder)
  }
}

/// What of a message could not be read though it was there, and is not needed: by place, at most eight.
final class SignalRemarks {
  private(set) var texts: [String] = []

  func add(_ pointer: String, _ problem: String) {
    if texts.count < 8 { texts.append("\(pointer) \(problem)") }
  }
}
