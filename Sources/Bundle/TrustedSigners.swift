/// Whose seals count: an OpenSSH `allowed_signers` file (ssh-keygen(1)), or one public key.
package struct TrustedSigners: Hashable, Sendable {
  /// Principals by key.
  private var principals: [SealingPublicKey: String] = [:]
  /// Lines that name a key but restrict it in a way that is not understood here; they trust nobody.
  package private(set) var unusedLines: [Int] = []

  /// Trusts one key.
  package init(key: SealingPublicKey, principal: String) {
    principals[key] = principal
  }

  /// Parses an `allowed_signers` file.
  ///
  /// A line counts when it holds an Ed25519 key and has no option, or only `namespaces` with
  /// `exhibit-evidence` in its list. `cert-authority`, validity times and patterns are not supported: such a
  /// line is in `unusedLines`, so that a restriction is never ignored.
  package init(allowedSigners text: String) {
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let words = Self.words(line)
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      let rest = words.dropFirst()
      let hasOptions = rest.first != SealingPublicKey.algorithm
      let isAllowed = !hasOptions || rest.first.map(Self.allowsNamespace) == true
      do throws(BundleError) {
        let key = try SealingPublicKey(line: (hasOptions ? rest.dropFirst() : rest).joined(separator: " "))
        if isAllowed { principals[key] = first } else { unusedLines.append(index + 1) }
      } catch {
        unusedLines.append(index + 1)
      }
    }
  }

  /// Reads a file of either form: `allowed_signers`, or a public key line (`.pub`).
  /// - Throws: `.system`, `.limitExceeded`, `.key` when it holds no usable key.
  package static func load(path: String) throws(BundleError) -> TrustedSigners {
    let text = String(decoding: try readFile(path, limit: 1 << 20), as: UTF8.self)
    if text.hasPrefix(SealingPublicKey.algorithm) {
      return TrustedSigners(key: try SealingPublicKey(line: text), principal: path)
    }
    let signers = TrustedSigners(allowedSigners: text)
    guard !signers.principals.isEmpty else {
      throw .key(path: path, detail: "holds no ssh-ed25519 key for the namespace \(SSHSignature.namespace)")
    }
    return signers
  }

  /// Whom this key belongs to; `nil` if it is not trusted.
  package func principal(of key: SealingPublicKey) -> String? {
    principals[key]
  }

  private static func allowsNamespace(_ options: String) -> Bool {
    let prefix = "namespaces=\""
    guard options.lowercased().hasPrefix(prefix), options.hasSuffix("\"") else { return false }
    let list = options.dropFirst(prefix.count).dropLast()
    return !list.contains("\"") && list.split(separator: ",").contains { $0 == SSHSignature.namespace }
  }

  /// Words between white space, where a quoted part may hold spaces.
  private static func words(_ line: Substring) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in line {
      if character == "\"" { isQuoted.toggle() }
      if character.isWhitespace && !isQuoted {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    return word.isEmpty ? words : words + [word]
  }
}
