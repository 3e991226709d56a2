/// Values that say where a secret is, and not what it is.
extension Scanner {
  private static let schemes: [StaticString] = [
    "arn:aws", "vault:", "vault://", "op://", "ENC[", "sm://", "gcpsm://", "awssm://", "keyvault://", "ref+",
    "projects/", "secretsmanager:", "ssm:", "file:", "env:", "env://",
  ]

  /// A reference into a store of secrets, or text that is encrypted where it stands.
  func isNamedElsewhere(_ range: Range<Int>) -> Bool {
    let head = byte(range.lowerBound)
    guard head.isLetter else { return false }
    return Self.schemes.contains { hasPrefix($0, at: range.lowerBound) }
  }

  /// Objects of programs and templates that hold settings.
  private static let holders: [StaticString] = [
    "var", "local", "module", "data", "self", "this", "os", "process", "config", "settings", "env", "secrets",
    "params", "args", "options", "opts", "request", "req", "props", "ctx", "app", "cfg", "conf", "values", "input",
    "inputs", "vault", "credentials", "user", "flask", "django", "Rails", "System", "Environment",
  ]

  /// Whether a value without quotes is an expression of a program: `var.x`, `os.environ["X"]`, `getenv("X")`, the
  /// name of its own key, or an anchor of YAML.
  func isCode(_ range: Range<Int>, _ syntax: PairSyntax) -> Bool {
    if isNameOfKey(range, syntax) { return true }
    let first = byte(range.lowerBound)
    if first == UInt8(ascii: "*") || first == UInt8(ascii: "&") {
      return syntax.separator == UInt8(ascii: ":") && range.count > 2 && isWordy(range.dropFirst())
    }
    guard first.isLetter || first == UInt8(ascii: "_") else { return false }
    var position = range.lowerBound
    var headEnd: Int?
    while position < range.upperBound, ByteSet.word.contains(byte(position)) || byte(position) == UInt8(ascii: ".") {
      if byte(position) == UInt8(ascii: "."), headEnd == nil { headEnd = position }
      position += 1
    }
    let head = range.lowerBound..<(headEnd ?? position)
    let isHeld = headEnd != nil && Self.holders.contains { isWord(head, $0) }
    if position == range.upperBound, position == lineEnd || byte(position) != UInt8(ascii: "(") {
      return isHeld && isWordy(range)
    }
    let next = byte(position)
    guard next == UInt8(ascii: "(") || next == UInt8(ascii: "[") else { return false }
    return isWordy(range.lowerBound..<position)
  }

  /// `connect(password=password)`
  private func isNameOfKey(_ range: Range<Int>, _ syntax: PairSyntax) -> Bool {
    guard range.count == syntax.name.count, !syntax.isWholeLine else { return false }
    return zip(range, syntax.name).allSatisfy { byte($0).lowered == byte($1).lowered }
  }
}
