internal import Crypto
internal import Evidence

/// Standard Webhooks 1.0 (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md):
/// `webhook-id`, `webhook-timestamp` and `webhook-signature`, a list with spaces of `v1,` and the base64 of
/// HMAC-SHA256, or `v1a,` and that of Ed25519, over `id.timestamp.body`.
enum StandardWebhooks {
  /// The names that the standard has, and those that Svix, which it came from, sends still.
  private static let families = ["webhook", "svix"]

  static func verify(
    _ request: SignedRequest, secrets: [Secret], now: Timestamp, window: Int64
  ) throws(SignatureError) -> Authenticity {
    let family = families.first { request.headers["\($0)-signature"] != nil } ?? "webhook"
    let id = try request.header("\(family)-id")
    let timestamp = try request.header("\(family)-timestamp")
    let signatures = try request.header("\(family)-signature").split(separator: " ")
    guard !id.isEmpty, id.utf8.count <= 256, signatures.count <= HMACScheme.signatureLimit else {
      throw .malformed(header: "\(family)-id or \(family)-signature", expected: "\"msg_…\" and \"v1,base64\"")
    }
    let signed = [Array("\(id).\(timestamp).".utf8), request.body]
    let keys = secrets.compactMap(Key.init)
    let fits = anyFits(keys) { key in anyFits(signatures) { key.fits($0, signed) } }
    guard fits else { throw .mismatch }
    // Stale is said only to who knows the secret.
    _ = try freshTimestamp(timestamp, in: "\(family)-timestamp", now: now, window: window)
    return Authenticity(deliveryID: id)
  }

  static func problem(of secret: Secret) -> String? {
    guard Key(secret) == nil else { return nil }
    return
      "is no secret of Standard Webhooks; copy it whole: \"whsec_\" and base64, or \"whpk_\" and the base64 of a "
      + "public key"
  }

  /// What a secret's text stands for.
  private enum Key {
    case symmetric(Secret)
    case publicKey(Curve25519.Signing.PublicKey)

    /// Without a prefix it is symmetric, as in the reference libraries.
    init?(_ secret: Secret) {
      let text = String(decoding: secret.bytes, as: UTF8.self)
      if text.hasPrefix("whpk_") {
        guard let bytes = base64Decoded(Array(text.utf8.dropFirst(5))),
          let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        else { return nil }
        self = .publicKey(key)
      } else {
        let encoded = text.hasPrefix("whsec_") ? text.dropFirst(6) : text[...]
        guard let bytes = base64Decoded(Array(encoded.utf8)), !bytes.isEmpty else { return nil }
        self = .symmetric(Secret(bytes))
      }
    }

    /// Whether `signature` (`v1,…` or `v1a,…`) is one of this key's. Other versions are of later standards.
    func fits(_ signature: Substring, _ signed: [[UInt8]]) -> Bool {
      let parts = signature.split(separator: ",", maxSplits: 1)
      guard parts.count == 2, let code = base64Decoded(Array(parts[1].utf8)) else { return false }
      switch self {
      case .symmetric(let key): return parts[0] == "v1" && key.authenticates(code, of: signed)
      case .publicKey(let key):
        return parts[0] == "v1a" && key.isValidSignature(code, for: Array(signed.joined()))
      }
    }
  }
}
