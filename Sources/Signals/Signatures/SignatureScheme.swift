package import Evidence

/// How a sender proves that it knows a secret. Every scheme takes several secrets, of which one has to fit, so that
/// a secret can be rotated without a gap; compares in constant time; and looks at the bytes as they came.
package enum SignatureScheme: Hashable, Sendable {
  /// `Authorization: Bearer SECRET` (RFC 6750).
  case bearer
  /// `Authorization: Basic …` (RFC 7617); the secret is `user:password`.
  case basic
  /// The secret itself in a header of its own (GitLab's `X-Gitlab-Token`).
  case header(String)
  /// The secret itself in a parameter of the URL's query, for senders that can do no better.
  case query(String)
  /// A keyed hash of the body.
  case hmac(HMACScheme)
  /// Standard Webhooks 1.0, symmetric (`v1`) and asymmetric (`v1a`).
  case standardWebhooks

  /// Tells whether a request is authentic.
  ///
  /// - Parameters:
  ///   - request: as it came.
  ///   - secrets: those in use; with none nothing is authentic.
  ///   - now: this host's time.
  ///   - window: seconds by which a signed time may differ from `now`, either way.
  /// - Returns: what identifies the delivery.
  /// - Throws: `SignatureError`.
  package func verify(
    _ request: SignedRequest, secrets: [Secret], now: Timestamp, window: Int64
  ) throws(SignatureError) -> Authenticity {
    switch self {
    case .bearer:
      return try verify(credentials(of: request, scheme: "Bearer"), secrets)
    case .basic:
      let place = "Authorization"
      let encoded = try credentials(of: request, scheme: "Basic")
      guard let decoded = base64Decoded(encoded) else {
        throw .malformed(header: place, expected: "\"Basic base64(user:password)\"")
      }
      return try verify(decoded, secrets)
    case .header(let name):
      return try verify(Array(request.header(name).utf8), secrets)
    case .query(let name):
      guard let value = request.query[name] else { throw .missing(header: "\"\(name)\" in its URL") }
      return try verify(Array(value.utf8), secrets)
    case .hmac(let scheme):
      return try scheme.verify(request, secrets: secrets, now: now, window: window)
    case .standardWebhooks:
      return try StandardWebhooks.verify(request, secrets: secrets, now: now, window: window)
    }
  }

  /// What is wrong with a secret for this scheme: "what; remedy", never the secret. `nil` for one that can be used.
  package func problem(of secret: Secret) -> String? {
    switch self {
    case .standardWebhooks: StandardWebhooks.problem(of: secret)
    case .basic where !secret.bytes.contains(UInt8(ascii: ":")):
      "a secret of basic authentication has no colon; write user:password"
    case .bearer, .basic, .header, .query, .hmac: nil
    }
  }

  private func verify(_ presented: [UInt8], _ secrets: [Secret]) throws(SignatureError) -> Authenticity {
    guard anyFits(secrets, { $0.equals(presented) }) else { throw .mismatch }
    return Authenticity()
  }
}

/// What follows the name of the scheme in `Authorization`, whose name is of any case (RFC 9110, section 11.1).
private func credentials(
  of request: SignedRequest, scheme: String
) throws(SignatureError) -> [UInt8] {
  let value = try request.header("Authorization")
  let parts = value.split(separator: " ", maxSplits: 1)
  guard parts.count == 2, parts[0].lowercased() == scheme.lowercased() else {
    throw .malformed(header: "Authorization", expected: "\"\(scheme) …\"")
  }
  return Array(parts[1].trimmingPrefix(while: { $0 == " " }).utf8)
}

/// Whether any of `values` fits. All are tried, so that the time taken does not say which one did.
func anyFits<Value>(_ values: some Sequence<Value>, _ fits: (Value) -> Bool) -> Bool {
  values.reduce(false) { found, value in fits(value) || found }
}

/// Refuses a time that is further from `now` than `window` seconds.
///
/// - Returns: `text`, checked.
/// - Throws: `SignatureError.malformed` or `.stale`.
func freshTimestamp(
  _ text: String, in header: String, now: Timestamp, window: Int64
) throws(SignatureError) -> String {
  guard text.utf8.count <= 12, let seconds = Int64(text), seconds >= 0 else {
    throw .malformed(header: header, expected: "seconds since 1970")
  }
  let age = now.seconds - seconds
  guard abs(age) <= window else { throw .stale(seconds: age, window: window) }
  return text
}
