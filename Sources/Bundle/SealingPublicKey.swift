internal import Crypto
internal import FoundationEssentials

/// An Ed25519 public key in OpenSSH's forms.
package struct SealingPublicKey: Hashable, Sendable {
  static let algorithm = "ssh-ed25519"

  /// The 32 bytes of RFC 8032.
  let raw: [UInt8]

  init(raw: [UInt8]) {
    self.raw = raw
  }

  /// Reads a public key line: `ssh-ed25519 AAAA… comment`, as in `ssh_host_ed25519_key.pub`.
  /// - Throws: `.key`.
  package init(line: String) throws(BundleError) {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard words.count >= 2, words[0] == Self.algorithm, let blob = Data(base64Encoded: String(words[1])),
      let key = Self(blob: Array(blob))
    else {
      throw .key(path: "public key", detail: "not a line of the form: ssh-ed25519 AAAA… comment")
    }
    self = key
  }

  /// Reads OpenSSH's binary form (RFC 8709, section 4); `nil` for any other key.
  init?(blob: [UInt8]) {
    var reader = SSHWireReader(blob)
    guard reader.string(is: Self.algorithm), let raw = reader.string(), raw.count == 32, reader.isAtEnd else {
      return nil
    }
    self.raw = raw
  }

  var blob: [UInt8] {
    var writer = SSHWireWriter()
    writer.string(Self.algorithm.utf8)
    writer.string(raw)
    return writer.bytes
  }

  /// `SHA256:` and base 64 without padding, as `ssh-keygen -l` shows it.
  package var fingerprint: String {
    let digest = Data(SHA256.hash(data: blob)).base64EncodedString()
    return "SHA256:" + digest.prefix { $0 != "=" }
  }

  /// The line for `authorized_keys`, `allowed_signers` and `.pub` files.
  package func line(comment: String) -> String {
    let key = "\(Self.algorithm) \(Data(blob).base64EncodedString())"
    return comment.isEmpty ? key : "\(key) \(comment)"
  }

  func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
    // The initialiser throws only for a wrong length, and a key that cannot be one has signed nothing.
    guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw) else { return false }
    return key.isValidSignature(signature, for: message)
  }
}
