/// Why a body is not a signal. The description is fit for the `detail` of an HTTP 400: it names the place
/// and the remedy, never the content.
package enum SignalError: Error, Hashable {
  /// Not JSON at all, or nested too deeply.
  case notJSON(detail: String)
  /// JSON, but one field is not what the source sends. `pointer` is an RFC 6901 JSON Pointer; `""` is the
  /// whole body.
  case field(pointer: String, problem: String)

  /// The JSON Pointer of the field at fault, where there is one.
  package var pointer: String? {
    guard case .field(let pointer, _) = self else { return nil }
    return pointer
  }
}

extension SignalError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notJSON(let detail): "the body is not JSON: \(detail)"
    case .field("", let problem): "the body \(problem)"
    case .field(let pointer, let problem): "\(pointer) \(problem)"
    }
  }
}
