/// Names that look like a secret's and are none, and values that name a secret.
extension Scanner {
  /// Whether what stands before the name makes it another thing: Go's result of a test, a part of an ARN, the digest of a
  /// manifest.
  func isNoKey(_ name: Range<Int>) -> Bool {
    let start = name.lowerBound
    switch byte(start - 1) {
    case UInt8(ascii: " "):
      return byte(start) == UInt8(ascii: "P") && hasPrefix("--- PASS:", at: start - 4)
    case UInt8(ascii: "/"): return hasPrefix("checksum/", at: start - 9)
    // `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`; the account has twelve digits.
    case UInt8(ascii: ":"):
      return byte(start - 14) == UInt8(ascii: ":") && isWord(name, "secret")
        && (start - 13..<start - 1).allSatisfy { byte($0).isDigit }
    default: return false
    }
  }

  /// Whether the name's last word says that the value is the name of a secret: `existingSecret`, `imagePullSecret`, the
  /// annotation `nginx.ingress.kubernetes.io/auth-secret`, and `--secret` of docker and gcloud.
  func isNameOfSecret(_ components: [Component], at index: Int, in name: Range<Int>) -> Bool {
    if byte(name.lowerBound - 1) == UInt8(ascii: "/") { return true }
    if index > 0 {
      return isWord(components[index - 1], "existing") || isWord(components[index - 1], "pull")
    }
    guard isWord(name, "secret"), hasPrefix("--", at: name.lowerBound - 2) else { return false }
    let before = max(lineStart, name.lowerBound - 256)..<name.lowerBound
    steps += before.count
    return before.contains { position in
      !ByteSet.word.contains(byte(position - 1))
        && Self.secretStores.contains { hasPrefix($0, at: position) }
    }
  }

  private static let secretStores: [StaticString] = ["docker ", "podman ", "buildah ", "nerdctl ", "gcloud "]

  /// Whether the value of a key such as `secret` is the name of one: words, of which the last says so.
  func isSecretName(_ range: Range<Int>) -> Bool {
    guard range.count <= 64, isWordy(range) else { return false }
    // Kubernetes' names have hyphens only.
    guard let start = range.lastIndex(where: { byte($0) == UInt8(ascii: "-") }) else { return false }
    return Self.nouns.contains { isWord(start + 1..<range.upperBound, $0) }
  }

  private static let nouns: [StaticString] = ["secret", "secrets", "credentials", "creds", "tls", "regcred"]

  /// A digest of something public: `sha256:` and its digits.
  func isDigest(_ range: Range<Int>) -> Bool {
    hasPrefix("sha256:", at: range.lowerBound) || hasPrefix("SHA256:", at: range.lowerBound)
      || hasPrefix("sha512:", at: range.lowerBound)
  }

  /// Whether the value is the name of a variable of the environment, as the key says: `password_env: DB_PASSWORD`.
  func isNameOfVariable(_ range: Range<Int>, of name: Range<Int>) -> Bool {
    guard
      isWord(name.suffix(3), "env") || isWord(name.suffix(7), "env_var") || isWord(name.suffix(6), "envvar")
    else { return false }
    return range.allSatisfy { byte($0).isUpper || byte($0).isDigit || byte($0) == UInt8(ascii: "_") }
  }

  private static let sqlTypes: [StaticString] = [
    "text", "varchar", "char", "bytea", "blob", "string", "citext", "uuid", "json", "jsonb", "nvarchar",
  ]

  /// The type of a column in SQL: `password text,`.
  func isTypeOfColumn(_ range: Range<Int>) -> Bool {
    guard let last = range.last, byte(last) == UInt8(ascii: ",") else { return false }
    return Self.sqlTypes.contains { isWord(range.dropLast(), $0) }
  }

  private static let templates: [StaticString] = [
    "(sensitive value)", "(sensitive", "(known after apply)", "(known", "<%=", "{{ ", "#{", "((",
  ]

  /// What Terraform and templates write for a value, of which a blank may have cut the rest off.
  func isTemplate(_ range: Range<Int>) -> Bool {
    let first = range.lowerBound
    switch byte(first) {
    case UInt8(ascii: "("), UInt8(ascii: "<"), UInt8(ascii: "{"), UInt8(ascii: "#"):
      guard let template = Self.templates.first(where: { hasPrefix($0, at: first) }) else {
        return range.count == 2 && hasPrefix("{{", at: first)
      }
      // `((name))` of BOSH, `#{Name}` of Octopus.
      let head = template.utf8CodeUnitCount
      guard head == 2 else { return true }
      return isWordy(first + 2..<max(first + 2, withoutBrackets(range.upperBound)))
    // `@name@` of Maven, `:name` of SQL.
    case UInt8(ascii: "@"):
      return range.count > 2 && byte(range.upperBound - 1) == UInt8(ascii: "@")
        && isWordy(first + 1..<range.upperBound - 1)
    case UInt8(ascii: ":"):
      return range.count > 2 && range.count <= 32
        && range.dropFirst().allSatisfy { byte($0).isLower || byte($0) == UInt8(ascii: "_") }
    default: return false
    }
  }

  private func withoutBrackets(_ end: Int) -> Int {
    var stop = end
    while ByteSet.bracketEnds.contains(byte(stop - 1)) { stop -= 1 }
    return stop
  }
}
