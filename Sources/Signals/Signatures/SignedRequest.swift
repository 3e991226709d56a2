/// What of a request its authentication is read from.
package struct SignedRequest: Sendable {
  /// Names in lower case; the values of a repeated header are joined by `, ` (RFC 9110, section 5.3).
  package let headers: [String: String]
  /// Percent-decoded parameters of the URL's query.
  package let query: [String: String]
  /// The bytes as they came: before redaction, before parsing.
  package let body: [UInt8]

  /// - Parameters:
  ///   - headers: in any order, names in any case.
  ///   - query: percent-decoded; of a repeated parameter the first.
  ///   - body: as received.
  package init(
    headers: some Sequence<(name: String, value: String)>, query: [String: String] = [:], body: [UInt8]
  ) {
    self.headers = Dictionary(headers.map { ($0.name.lowercased(), $0.value) }) { "\($0), \($1)" }
    self.query = query
    self.body = body
  }

  /// - Throws: `SignatureError.missing`.
  func header(_ name: String) throws(SignatureError) -> String {
    guard let value = headers[name.lowercased()] else { throw .missing(header: name) }
    return value
  }
}

/// That a request is authentic.
package struct Authenticity: Hashable, Sendable {
  /// The id that the sender gave this delivery, where its signature covers one. The same again is a retry, or
  /// a replay.
  package var deliveryID: String?
  /// SHA-256 of what was signed: equal for the same body at the same signed time. Where there is no delivery id,
  /// and the scheme signs a time or the sender's bodies differ by themselves, it tells a replay. It is of unredacted
  /// bytes: key it before it is stored.
  package var digest: [UInt8]?

  package init(deliveryID: String? = nil, digest: [UInt8]? = nil) {
    self.deliveryID = deliveryID
    self.digest = digest
  }
}

/// Why a request is not authentic. The description is fit for the `detail` of an HTTP 401: it names the place and
/// the remedy, never a value.
package enum SignatureError: Error, Hashable, CustomStringConvertible {
  case missing(header: String)
  /// The header is there, in a form that the scheme does not have.
  case malformed(header: String, expected: String)
  /// No secret fits.
  case mismatch
  /// The sender's signed time is further from ours than the replay window allows.
  case stale(seconds: Int64, window: Int64)

  package var description: String {
    switch self {
    case .missing(let header): "the request has no \(header); see that the sender signs its requests"
    case .malformed(let header, let expected): "\(header) is malformed; it has the form \(expected)"
    case .mismatch:
      "the signature fits none of the secrets of this source; see that both sides have the same secret and that "
        + "no proxy changes the body"
    case .stale(let seconds, let window):
      "the request was signed \(abs(seconds)) s \(seconds < 0 ? "ahead of" : "before") this host's clock, and "
        + "\(window) s are allowed (signals.replay_window); see that both clocks are right"
    }
  }
}
