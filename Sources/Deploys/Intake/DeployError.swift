/// Why a body is not a deploy record; fit for the `detail` of an HTTP 400, never quoting the content.
package enum DeployError: Error, Hashable, CustomStringConvertible {
  case notJSON
  /// `pointer` is an RFC 6901 JSON Pointer; `""` is the whole body.
  case field(pointer: String, problem: String)

  /// The JSON Pointer of the field at fault, where there is one.
  package var pointer: String? {
    guard case .field(let pointer, _) = self else { return nil }
    return pointer
  }

  package var description: String {
    switch self {
    case .notJSON: "the body is not JSON: send one JSON document in UTF-8"
    case .field("", let problem): "the body \(problem)"
    case .field(let pointer, let problem): "\(pointer) \(problem)"
    }
  }
}
