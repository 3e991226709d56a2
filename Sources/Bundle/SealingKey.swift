internal import Crypto

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The host's Ed25519 key that seals bundles, kept in OpenSSH's private key format without a passphrase.
package struct SealingKey: Sendable {
  private static let magic = Array("openssh-key-v1\0".utf8)
  private static let label = "OPENSSH PRIVATE KEY"

  private let key: Curve25519.Signing.PrivateKey
  package let comment: String

  package var publicKey: SealingPublicKey { SealingPublicKey(raw: Array(key.publicKey.rawRepresentation)) }

  /// Makes a new key; `store(path:)` keeps it.
  package static func generate(comment: String) -> SealingKey {
    SealingKey(key: Curve25519.Signing.PrivateKey(), comment: comment)
  }

  /// Reads a key that `store(path:)` or `ssh-keygen -t ed25519 -N ''` made.
  /// - Throws: `.key` when others can read the file, or it holds anything else than one unencrypted Ed25519 key;
  ///   `.system` with `ENOENT` when there is none.
  package static func load(path: String) throws(BundleError) -> SealingKey {
    var status = stat()
    guard stat(path, &status) == 0 else { throw .call("stat", path: path, errno: errno) }
    guard status.st_mode & 0o077 == 0 else {
      throw .key(
        path: path, detail: "others can read or write this private key; chmod 600 it, or make a new one")
    }
    let armored = try readFile(path, limit: 64 << 10)
    guard let blob = SSHArmor.decode(armored, label: label), let key = decode(blob) else {
      throw .key(
        path: path, detail: "not an unencrypted OpenSSH Ed25519 private key; ssh-keygen -t ed25519 -N ''")
    }
    return key
  }

  /// Writes the key to a new file, mode 0600, durably.
  /// - Throws: `.system` with `EEXIST` when there is a file already; `.diskFull`.
  package func store(path: String) throws(BundleError) {
    let file = try OpenFile(creating: path)
    do throws(BundleError) {
      let armored = SSHArmor.encode(encoded(), label: Self.label)
      try armored.span.withUnsafeBytes { (bytes) throws(BundleError) in try file.write(bytes) }
      try file.synchronise()
    } catch {
      unlink(path)
      throw error
    }
    let slash = path.lastIndex(of: "/")
    try OpenFile(folder: slash.map { path[...$0] }.map(String.init) ?? ".").synchronise()
  }

  /// An armored SSHSIG signature of `message`, for `ssh-keygen -Y verify -n exhibit-evidence`.
  /// - Throws: `.key` when the cryptographic library refuses.
  package func sign(_ message: [UInt8]) throws(BundleError) -> [UInt8] {
    do {
      let raw = try key.signature(for: SSHSignature.envelope(of: message))
      return SSHSignature(key: publicKey, raw: Array(raw)).armored
    } catch {
      throw .key(path: publicKey.fingerprint, detail: "signing failed: \(error)")
    }
  }

  /// OpenSSH's `PROTOCOL.key`, cipher `none`.
  private func encoded() -> [UInt8] {
    var secret = SSHWireWriter()
    // Two equal numbers show that a decryption worked; without encryption any number will do.
    let check = UInt32.random(in: .min ... .max)
    secret.uint32(check)
    secret.uint32(check)
    secret.string(SealingPublicKey.algorithm.utf8)
    secret.string(publicKey.raw)
    secret.string(Array(key.rawRepresentation) + publicKey.raw)
    secret.string(comment.utf8)
    secret.raw((0..<UInt8((8 - secret.bytes.count % 8) % 8)).map { $0 + 1 })
    var writer = SSHWireWriter()
    writer.raw(Self.magic)
    writer.string("none".utf8)
    writer.string("none".utf8)
    writer.string("".utf8)
    writer.uint32(1)
    writer.string(publicKey.blob)
    writer.string(secret.bytes)
    return writer.bytes
  }

  private static func decode(_ blob: [UInt8]) -> SealingKey? {
    var reader = SSHWireReader(blob)
    guard reader.raw(magic.count) == magic, reader.string(is: "none"), reader.string(is: "none"),
      reader.string(is: ""), reader.uint32() == 1,
      let publicKey = reader.string().flatMap({ SealingPublicKey(blob: $0) }), let section = reader.string(),
      reader.isAtEnd
    else { return nil }
    var secret = SSHWireReader(section)
    guard let check = secret.uint32(), secret.uint32() == check,
      secret.string(is: SealingPublicKey.algorithm),
      secret.string() == publicKey.raw, let pair = secret.string(), pair.count == 64,
      let comment = secret.string(), isPadding(secret.remainder()),
      // Throws only for a seed of a wrong length.
      let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: pair.prefix(32)),
      Array(key.publicKey.rawRepresentation) == publicKey.raw
    else { return nil }
    return SealingKey(key: key, comment: String(decoding: comment, as: UTF8.self))
  }

  private static func isPadding(_ bytes: [UInt8]) -> Bool {
    bytes.count < 8 && bytes.enumerated().allSatisfy { $0.offset + 1 == Int($0.element) }
  }
}
