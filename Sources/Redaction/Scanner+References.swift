/// Values that say where a secret is, and not what it is: references, expressions of programs, placeholders.
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

  private static let patterns: [StaticString] = [
    ".*", ".+", "[^", "\\S", "\\w", "\\d", "(?", "([", "\\[REDACTED", "\\(", "\\$",
  ]

  /// The source of a regular expression, or of a text into which a program puts the value: `\(name)`, `{name(x)}`.
  func isPatternOrInterpolation(_ range: Range<Int>) -> Bool {
    let first = range.lowerBound
    if ByteSet.patternHeads.contains(byte(first)), Self.patterns.contains(where: { hasPrefix($0, at: first) })
    {
      return true
    }
    if byte(first) == UInt8(ascii: "{") {
      let name = (first + 1..<range.upperBound).prefix { ByteSet.key.contains(byte($0)) }
      return !name.isEmpty && byte(name.endIndex) == UInt8(ascii: "(")
    }
    return range.prefix(64).contains { byte($0) == UInt8(ascii: "\\") && byte($0 + 1) == UInt8(ascii: "(") }
  }

  /// Words of declarations, with which a line of a program begins. Its secrets stand in quotes.
  private static let declarations: [StaticString] = [
    "let ", "var ", "const ", "val ", "def ", "func ", "fn ", "function ", "private ", "public ",
    "protected ",
    "internal ", "static ", "final ", "guard ", "override ", "package ", "struct ", "class ", "case ", "my $",
    "if let ", "mutating ", "fileprivate ", "async ", "init(", "lazy ",
  ]

  /// Whether the line declares something, up to this key: after the words of declarations a type at most, or a list of
  /// parameters or a body that is open. Sentences may begin with the same words: `private note: password=X`.
  private func isDeclaration(_ syntax: PairSyntax) -> Bool {
    var start = lineStart
    while start < lineEnd, ByteSet.indentation.contains(byte(start)) { start += 1 }
    // Few lines begin with one of their letters, and the test stands before every value.
    guard ByteSet.declarationHeads.contains(byte(start)) else { return false }
    let first = start
    while let word = Self.declarations.first(where: { hasPrefix($0, at: start) }) {
      start += word.utf8CodeUnitCount
    }
    let key = syntax.name.lowerBound
    // A key of two words can begin with one of them: `private key`.
    guard start > first, start <= key, key - first <= Self.declarationLimit else { return false }
    if byte(start - 1) == UInt8(ascii: "(") || hasOpenBracket(in: start..<key) { return true }
    guard syntax.separator == UInt8(ascii: ":") || syntax.isSpaced else { return false }
    return (start..<key).allSatisfy { ByteSet.typeNames.contains(byte($0)) } && wordCount(start..<key) <= 1
  }

  /// Bytes of a declaration before a key that are looked at: what is longer is none.
  private static let declarationLimit = 512

  /// Whether a bracket that a name, a bracket or a blank before a body stands before is still open at the end.
  private func hasOpenBracket(in range: Range<Int>) -> Bool {
    var depth = 0
    for position in range {
      switch byte(position) {
      case UInt8(ascii: "("):
        let before = byte(position - 1)
        guard depth > 0 || ByteSet.word.contains(before) || before == UInt8(ascii: ">") else { return false }
        depth += 1
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: ")"), UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
      default: break
      }
    }
    return depth > 0
  }

  private func wordCount(_ range: Range<Int>) -> Int {
    var count = 0
    for position in range where !ByteSet.blank.contains(byte(position)) {
      if position == range.lowerBound || ByteSet.blank.contains(byte(position - 1)) { count += 1 }
    }
    return count
  }

  /// Objects of programs and templates that hold settings.
  private static let holders: [StaticString] = [
    "var", "local", "module", "data", "self", "this", "os", "process", "config", "settings", "env", "secrets",
    "params", "args", "options", "opts", "request", "req", "props", "ctx", "app", "cfg", "conf", "values",
    "input",
    "inputs", "vault", "credentials", "user", "flask", "django", "Rails", "System", "Environment",
  ]

  /// Whether a value without quotes is an expression of a program: `var.x`, `os.environ["X"]`, `getenv("X")`, `try f()`,
  /// the name of its own key; or an anchor of YAML.
  func isCode(_ range: Range<Int>, _ syntax: PairSyntax) -> Bool {
    if isDeclaration(syntax) || isConstant(range, syntax) || isStatement(range, syntax) { return true }
    let first = byte(range.lowerBound)
    if first == UInt8(ascii: "*") || first == UInt8(ascii: "&") {
      return syntax.separator == UInt8(ascii: ":") && range.count > 2 && isWordy(range.dropFirst())
    }
    if first == UInt8(ascii: "."), syntax.isSpaced { return range.count > 2 && isWordy(range.dropFirst()) }
    guard first.isLetter || first == UInt8(ascii: "_") else { return false }
    if ["try ", "try? ", "await ", "new "].contains(where: { hasPrefix($0, at: range.lowerBound) }) {
      return true
    }
    return isExpression(range, syntax)
  }

  /// A member of an enumeration (`NO_PASSPHRASE = 177,`), or the documentation of a parameter (`@password: the one`).
  private func isConstant(_ range: Range<Int>, _ syntax: PairSyntax) -> Bool {
    if byte(syntax.name.lowerBound - 1) == UInt8(ascii: "@") { return syntax.separator == UInt8(ascii: ":") }
    guard syntax.isSpaced, syntax.separator == UInt8(ascii: "="), syntax.isWholeLine else { return false }
    let stop = range.upperBound - 1
    guard byte(stop) == UInt8(ascii: ","), stop > range.lowerBound else { return false }
    return byte(range.lowerBound) == UInt8(ascii: "(")
      || (range.lowerBound..<stop).allSatisfy { byte($0).isDigit || ByteSet.operators.contains(byte($0)) }
  }

  /// What a statement assigns: it ends in `;`, a comma or an opening bracket, and has a name, a call or nothing before.
  private func isStatement(_ range: Range<Int>, _ syntax: PairSyntax) -> Bool {
    guard let last = range.last, range.count > 2 else { return false }
    let first = byte(range.lowerBound)
    if syntax.isSpaced, byte(last) == UInt8(ascii: "{") || hasPrefix("):", at: last - 1) { return true }
    if first == UInt8(ascii: "$"),
      hasPrefix("::", at: nameEnd(range.lowerBound + 1)) || isArrow(nameEnd(range.lowerBound + 1))
    {
      return true
    }
    if first == UInt8(ascii: "(") {
      let closer = nameEnd(range.lowerBound + 1)
      return byte(closer) == UInt8(ascii: ")")
        && (byte(closer + 1) == UInt8(ascii: ".") || isArrow(closer + 1))
    }
    let isCall =
      first.isLetter && hasPrefix(");", at: last - 1) && byte(nameEnd(range.lowerBound)) == UInt8(ascii: "(")
    if isCall || hasPrefix("std::", at: range.lowerBound) { return true }
    guard byte(last) == UInt8(ascii: ";") || byte(last) == UInt8(ascii: ",") else { return false }
    let value = range.dropLast()
    return isNothing(value) || isReference(value)
      || (value.count == syntax.name.count && isNameOfKey(value, syntax, inLine: false))
  }

  private func isArrow(_ position: Int) -> Bool { hasPrefix("->", at: position) }

  /// The end of the name that begins here.
  private func nameEnd(_ start: Int) -> Int {
    var position = start
    while position - start < 64, ByteSet.word.contains(byte(position)) { position += 1 }
    return position
  }

  /// A chain of names, a call, or a name and an operator.
  private func isExpression(_ range: Range<Int>, _ syntax: PairSyntax) -> Bool {
    var position = range.lowerBound
    var dots: [Int] = []
    while position < lineEnd, position - range.lowerBound < 256,
      ByteSet.word.contains(byte(position)) || byte(position) == UInt8(ascii: ".")
    {
      if byte(position) == UInt8(ascii: ".") { dots.append(position) }
      position += 1
    }
    let chain = range.lowerBound..<position
    let hasDigits = chain.contains { byte($0).isDigit }
    let next = byte(position)
    if next == UInt8(ascii: "(") || next == UInt8(ascii: "[") {
      return chain.count >= 3 && !hasDigits && closesBracket(at: position, syntax)
    }
    if next == 0x20, isOperator(at: position + 1) { return !hasDigits }
    // The closers of a call around it belong to no name.
    var stop = range.upperBound
    while stop > position, ByteSet.callEnds.contains(byte(stop - 1)) { stop -= 1 }
    guard position >= stop, let firstDot = dots.first, let lastDot = dots.last else {
      return false
    }
    if Self.holders.contains(where: { isWord(range.lowerBound..<firstDot, $0) }) { return isWordy(chain) }
    if dots.count > 1, syntax.isSpaced, isTypeOfResource(range.lowerBound..<firstDot), isWordy(chain) {
      return true
    }
    // `scope.secret` as the value of `secret`.
    return position - lastDot - 1 == syntax.name.count
      && zip(lastDot + 1..<position, syntax.name).allSatisfy { byte($0).lowered == byte($1).lowered }
  }

  /// Whether a bracket is closed in its line, or the line ends with it; in a file of `NAME=value` a password may have one.
  private func closesBracket(at position: Int, _ syntax: PairSyntax) -> Bool {
    guard syntax.isWholeLine, !syntax.isSpaced, syntax.separator == UInt8(ascii: "=") else { return true }
    let closer = byte(position) == UInt8(ascii: "(") ? UInt8(ascii: ")") : UInt8(ascii: "]")
    let rest = position + 1..<lineEnd
    return skipBlanks(rest.lowerBound) >= lineEnd - 1
      || rest.prefix(512).contains { byte($0) == closer || byte($0) == 0x20 }
  }

  /// The type of a resource of Terraform: words in small letters with `_` between them.
  private func isTypeOfResource(_ range: Range<Int>) -> Bool {
    range.contains { byte($0) == UInt8(ascii: "_") }
      && range.allSatisfy { byte($0).isLower || byte($0) == UInt8(ascii: "_") }
  }

  /// An operator with a blank behind it.
  private func isOperator(at start: Int) -> Bool {
    var position = start
    while position - start < 3, ByteSet.operators.contains(byte(position)) { position += 1 }
    return position > start && byte(position) == 0x20
  }

  /// `connect(password=password)`; in whole lines only `preSharedKey = pre-shared-key`, since `password: password` is
  /// what some hosts have.
  func isNameOfKey(_ range: Range<Int>, _ syntax: PairSyntax, inLine isLine: Bool = true) -> Bool {
    let isSame = range.count == syntax.name.count
    guard range.count <= syntax.name.count + 4, isSame && isLine ? !syntax.isWholeLine : true else {
      return false
    }
    var (place, other) = (range.lowerBound, syntax.name.lowerBound)
    while true {
      while place < range.upperBound, ByteSet.nameSeparators.contains(byte(place)) { place += 1 }
      while other < syntax.name.upperBound, ByteSet.nameSeparators.contains(byte(other)) { other += 1 }
      guard place < range.upperBound, other < syntax.name.upperBound else {
        return place == range.upperBound && other == syntax.name.upperBound
      }
      guard byte(place).lowered == byte(other).lowered else { return false }
      (place, other) = (place + 1, other + 1)
    }
  }

  /// Whether a text in quotes is a sentence, as a catalogue of messages has it: some words, of which one is an article
  /// or the like, which passphrases do not have.
  func isMessage(_ range: Range<Int>) -> Bool {
    guard range.contains(where: { byte($0) == 0x20 }) else { return false }
    var words = 0
    var hasArticle = false
    var start = range.lowerBound
    for position in range.prefix(512) where byte(position) == 0x20 || position == range.upperBound - 1 {
      let stop = byte(position) == 0x20 ? position : position + 1
      if start < stop { words += 1 }
      if Self.articles.contains(where: { isWord(start..<stop, $0) }) { hasArticle = true }
      start = position + 1
    }
    return words >= 3 && hasArticle
  }

  private static let articles: [StaticString] = [
    "the", "a", "an", "your", "of", "is", "must", "please", "enter", "this",
  ]
}
