/// The codes of the last secrets, so that one that repeats is hashed once.
struct CodeCache {
  private static let slots = 256
  /// Longer secrets are rare, and a comparison of them costs as much as the hash.
  private static let longest = 128

  private var secrets = [[UInt8]](repeating: [], count: CodeCache.slots)
  private var codes = [[UInt8]](repeating: [], count: CodeCache.slots)

  mutating func appendCode(
    of secret: UnsafeRawBufferPointer, _ signer: TokenSigner, to output: inout [UInt8]
  ) {
    guard secret.count <= Self.longest else { return signer.appendCode(of: secret, to: &output) }
    let slot = secret.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
    let index = Int(slot >> 8) % Self.slots
    if !secrets[index].elementsEqual(secret) || codes[index].isEmpty {
      var code: [UInt8] = []
      signer.appendCode(of: secret, to: &code)
      secrets[index] = Array(secret)
      codes[index] = code
    }
    output += codes[index]
  }
}
