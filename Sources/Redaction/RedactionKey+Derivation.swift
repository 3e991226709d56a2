internal import Crypto

extension RedactionKey {
  /// A key for another purpose, that tells nothing about this one: HMAC-SHA256 of the purpose's name.
  package func derived(for purpose: String) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Array("exhibit key: \(purpose)".utf8), using: symmetric))
  }
}
