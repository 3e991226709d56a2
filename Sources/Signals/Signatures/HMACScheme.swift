internal import Crypto
internal import Evidence

/// An HMAC-SHA256 of the body in a header, in any of the forms that vendors gave it.
package struct HMACScheme: Hashable, Sendable {
  /// How the hash is written.
  package enum Encoding: String, Hashable, Sendable, CaseIterable {
    case hex, base64
  }

  /// Where the time stands that is signed with the body, in seconds since 1970.
  package enum TimePlace: Hashable, Sendable {
    case header(String)
    /// An element of the signature's header: `t` in `t=1492774588,v1=…`.
    case element(String)
  }

  /// A signed time, and so a window for replays.
  package struct SignedTime: Hashable, Sendable {
    package var place: TimePlace
    /// What stands between time and body where they are hashed; may be empty.
    package var separator: String

    package init(_ place: TimePlace, separator: String) {
      self.place = place
      self.separator = separator
    }
  }

  /// Signatures in one header that are looked at; more are malformed.
  package static let signatureLimit = 16

  /// The name of the header.
  package var header: String
  package var encoding: Encoding
  /// What stands before the hash: `sha256=`, `v1=`. The header is a list with commas, and elements with another
  /// prefix are of another version.
  package var prefix: String
  package var time: SignedTime?

  package init(header: String, encoding: Encoding = .hex, prefix: String = "", time: SignedTime? = nil) {
    self.header = header
    self.encoding = encoding
    self.prefix = prefix
    self.time = time
  }

  func verify(
    _ request: SignedRequest, secrets: [Secret], now: Timestamp, window: Int64
  ) throws(SignatureError) -> Authenticity {
    let elements = try request.header(header).split(separator: ",", maxSplits: Self.signatureLimit + 1)
      .map { $0.trimmingSpaces }
    let codes = elements.filter { $0.hasPrefix(prefix) }.compactMap { decoded($0.dropFirst(prefix.count)) }
    guard !codes.isEmpty, elements.count <= Self.signatureLimit else {
      throw .malformed(header: header, expected: form)
    }
    var signed: [[UInt8]] = []
    if let time {
      let text = try timestamp(at: time.place, of: request, elements)
      signed.append(Array((text + time.separator).utf8))
      try authenticate(codes, signed + [request.body], secrets)
      // Stale is said only to who knows the secret.
      _ = try freshTimestamp(text, in: header, now: now, window: window)
    } else {
      try authenticate(codes, [request.body], secrets)
    }
    var hash = SHA256()
    for part in signed + [request.body] { hash.update(data: part) }
    return Authenticity(digest: Array(hash.finalize()))
  }

  private func authenticate(
    _ codes: [[UInt8]], _ signed: [[UInt8]], _ secrets: [Secret]
  ) throws(SignatureError) {
    let fits = anyFits(secrets) { secret in anyFits(codes) { secret.authenticates($0, of: signed) } }
    guard fits else { throw .mismatch }
  }

  private func timestamp(
    at place: TimePlace, of request: SignedRequest, _ elements: [String]
  ) throws(SignatureError) -> String {
    switch place {
    case .header(let name): return try request.header(name).trimmingSpaces
    case .element(let name):
      guard let element = elements.first(where: { $0.hasPrefix("\(name)=") }) else {
        throw .malformed(header: header, expected: form)
      }
      return String(element.dropFirst(name.count + 1))
    }
  }

  private func decoded(_ text: Substring) -> [UInt8]? {
    switch encoding {
    case .hex: hexadecimalDecoded(Array(text.utf8))
    case .base64: base64Decoded(Array(text.utf8))
    }
  }

  /// The header's form, for people.
  private var form: String {
    let hash = prefix + (encoding == .hex ? "64 hexadecimal digits" : "base64 of 32 bytes")
    if case .element(let name) = time?.place { return "\"\(name)=seconds,\(hash)\"" }
    return "\"\(hash)\""
  }
}

extension StringProtocol {
  var trimmingSpaces: String {
    guard let start = firstIndex(where: { $0 != " " && $0 != "\t" }),
      let last = lastIndex(where: { $0 != " " && $0 != "\t" })
    else { return "" }
    return String(self[start...last])
  }
}
