internal import Crypto
private import FoundationEssentials

/// Makes the codes of the tokens: base 32 (RFC 4648, lower case) of the first 40 bits of HMAC-SHA256(key, secret).
struct TokenSigner: Sendable {
  private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
  private let hasher: HMAC<SHA256>

  init(_ key: RedactionKey) {
    hasher = HMAC(key: key.symmetric)
  }

  func appendCode(of secret: UnsafeRawBufferPointer, to output: inout [UInt8]) {
    // A copy: to take the key in costs as much as a secret.
    var hmac = hasher
    hmac.update(data: secret)
    var bits = hmac.finalize().prefix(5).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } << 24
    for _ in 0..<8 {
      output.append(Self.alphabet[Int(bits >> 59)])
      bits <<= 5
    }
  }
}
