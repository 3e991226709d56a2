internal import Crypto

/// A detached signature in OpenSSH's SSHSIG format (`PROTOCOL.sshsig`): Ed25519 over SHA-512.
struct SSHSignature: Hashable, Sendable {
  /// What the signature is for, so that it cannot be passed off as another one of the same key.
  static let namespace = "exhibit-evidence"
  static let hashAlgorithm = "sha512"
  private static let magic = Array("SSHSIG".utf8)
  private static let label = "SSH SIGNATURE"

  let key: SealingPublicKey
  /// The 64 bytes of RFC 8032.
  let raw: [UInt8]

  init(key: SealingPublicKey, raw: [UInt8]) {
    self.key = key
    self.raw = raw
  }

  /// - Returns: `nil` for anything that `armored` would not make: another format, algorithm or namespace, or
  ///   the same signature written differently.
  init?(armored: [UInt8]) {
    guard let blob = SSHArmor.decode(armored, label: Self.label) else { return nil }
    var reader = SSHWireReader(blob)
    guard reader.raw(Self.magic.count) == Self.magic, reader.uint32() == 1,
      let key = reader.string().flatMap({ SealingPublicKey(blob: $0) }), reader.string(is: Self.namespace),
      reader.string(is: ""), reader.string(is: Self.hashAlgorithm), let inner = reader.string(),
      reader.isAtEnd
    else { return nil }
    var signature = SSHWireReader(inner)
    guard signature.string(is: SealingPublicKey.algorithm), let raw = signature.string(), signature.isAtEnd
    else { return nil }
    self.init(key: key, raw: raw)
  }

  var armored: [UInt8] {
    var inner = SSHWireWriter()
    inner.string(SealingPublicKey.algorithm.utf8)
    inner.string(raw)
    var writer = SSHWireWriter()
    writer.raw(Self.magic)
    writer.uint32(1)
    writer.string(key.blob)
    writer.string(Self.namespace.utf8)
    writer.string("".utf8)
    writer.string(Self.hashAlgorithm.utf8)
    writer.string(inner.bytes)
    return SSHArmor.encode(writer.bytes, label: Self.label)
  }

  /// The bytes that are signed in place of `message`.
  static func envelope(of message: [UInt8]) -> [UInt8] {
    var writer = SSHWireWriter()
    writer.raw(magic)
    writer.string(namespace.utf8)
    writer.string("".utf8)
    writer.string(hashAlgorithm.utf8)
    writer.string(Array(SHA512.hash(data: message)))
    return writer.bytes
  }

  func isValid(for message: [UInt8]) -> Bool {
    key.isValid(raw, of: Self.envelope(of: message))
  }
}
