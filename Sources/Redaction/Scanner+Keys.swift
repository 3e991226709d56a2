/// One word of a key's name.
struct Component {
  var range: Range<Int>
  var word: PackedWord
}

/// What the name of a key says about its value.
struct Key: Equatable, Sendable {
  enum Strength: Sendable {
    /// Every value is secret that is not a placeholder.
    case strong
    /// A name with a second meaning (`pass`, `pwd`): numbers, words and paths are not secret.
    case modest
    /// The value is secret if it looks so.
    case weak
    /// The value is secret if it looks so, or if it is a UUID.
    case identifier
    /// The value is secret if it is a UUID.
    case uuid
    /// An HTTP authorization header.
    case header
    /// A list of cookies, of which the values are secret.
    case cookies
  }

  var rule: Int
  var strength: Strength
}

extension Scanner {
  func redactKey(at position: Int) -> Int? {
    guard position >= keyEnd else { return nil }
    let name = keyName(around: position)
    keyEnd = name.upperBound
    if name.count == 3, let end = redactSpacedKey(name) ?? redactCephKey(name) { return end }
    guard mayHaveValue(name), let key = classify(name), !isNoKey(name) else { return nil }
    return redactValue(of: key, named: name)
  }

  /// Whether something behind or before the name can tie a value to it. It says no only where every syntax of
  /// `redactValue(of:named:)` does, and costs less than to find out what the name means.
  private func mayHaveValue(_ name: Range<Int>) -> Bool {
    // What stands before `key` makes it a secret one.
    if name.count == 3, byte(name.lowerBound) | 0x20 == UInt8(ascii: "k") { return false }
    let before = byte(name.lowerBound - 1)
    let after = byte(name.upperBound)
    if ByteSet.valueHeads.contains(after) || before == UInt8(ascii: "<") || before == UInt8(ascii: ">") {
      return true
    }
    if before == UInt8(ascii: ":"), isPrefixedElement(name) { return true }
    if after == UInt8(ascii: ","),
      before == UInt8(ascii: "-") || hasPrefix(",<<\"", at: name.upperBound)
    {
      return true
    }
    if before == UInt8(ascii: "-"), endsLine(name.upperBound) { return true }
    if after == UInt8(ascii: "(") { return quote(at: name.upperBound + 1) != nil }
    guard ByteSet.blank.contains(after) else { return isNameOfPair(before: name.lowerBound) }
    let start = skipBlanks(name.upperBound)
    let next = byte(start)
    if before == UInt8(ascii: "-") || ByteSet.spacedValueHeads.contains(next) { return true }
    if ByteSet.statementHeads.contains(next), mayBeStatement(at: start) { return true }
    if namesItsDirective(name) { return true }
    // netrc has `password` or `passwd`.
    return isNameOfPair(before: name.lowerBound) || isWholeLine(before: name.lowerBound) || isSetBefore(name)
      || ((name.count == 8 || name.count == 6) && isNetrcLine(before: name.lowerBound))
  }

  /// The value of a key that a user's rule names. Case and separators do not matter.
  func redactUserKey(_ key: UserKey, at position: Int) -> Int? {
    let (rule, literal) = (key.rule, key.letters)
    let name = keyName(around: position)
    var index = literal.count
    for place in name.reversed() where byte(place).isLetter || byte(place).isDigit {
      if index == 0 { break }
      guard byte(place).lowered == literal[index - 1] else { return nil }
      index -= 1
    }
    return index == 0 ? redactValue(of: Key(rule: rule, strength: .strong), named: name) : nil
  }

  /// The name that `position` lies in, of at most 256 bytes and without what an escape left before it.
  func keyName(around position: Int) -> Range<Int> {
    var start = position
    var stop = position
    let (first, last) = (max(cursor, position - 128), min(lineEnd, position + 128))
    while start > first, ByteSet.key.contains(bytes[start - 1]) { start -= 1 }
    while stop < last, ByteSet.key.contains(bytes[stop]) { stop += 1 }
    if let escapeEnd = (start..<position).first(where: { $0 - start < 6 && isNameEscapeEnd($0, from: start) })
    {
      start = escapeEnd + 1
    }
    while start < position, byte(start) == UInt8(ascii: "-") || byte(start) == UInt8(ascii: ".") {
      start += 1
    }
    // A Java option such as -Ddb.password=.
    if byte(start) == UInt8(ascii: "D"), byte(start - 1) == UInt8(ascii: "-"), byte(start - 2) <= 0x20,
      start < position
    {
      start += 1
    }
    while stop > position, byte(stop - 1) == UInt8(ascii: "-") || byte(stop - 1) == UInt8(ascii: ".") {
      stop -= 1
    }
    return start..<max(start, stop)
  }

  private func isNameEscapeEnd(_ position: Int, from start: Int) -> Bool {
    let before = byte(start - 1)
    let isEscape =
      before == UInt8(ascii: "\\") || before == UInt8(ascii: "%") || before == UInt8(ascii: "[")
      || before == UInt8(ascii: ";")
    return isEscape && isEscapeEnd(position)
  }

  /// What the name says, or nil if it is not the name of a secret.
  func classify(_ name: Range<Int>) -> Key? {
    // Taken out while it is read, since a check of exclusive access stands before each use of a class's array.
    var components = components
    self.components = []
    defer { self.components = components }
    split(name, into: &components)
    guard let last = components.last else { return nil }
    if isWord(last, "authorization") { return Key(rule: tables.index(.authorization), strength: .header) }
    if isWord(last, "cookie"), components.count == 1 || isCookieHeader(components) {
      return Key(rule: tables.index(.cookie), strength: .cookies)
    }
    for index in components.indices.reversed() {
      guard var key = sensitiveWord(components, at: index) else { continue }
      if index > 0, isWord(components[index - 1], "is") || isWord(components[index - 1], "has") { return nil }
      if isSecretID(components, at: index) { return Key(rule: tables.index(.token), strength: .uuid) }
      for follower in components[(index + 1)...] {
        let traits = tables.words[follower.word].traits
        if traits.contains(.about) { return nil }
        if !traits.contains(.neutral) { key.strength = .weak }
      }
      if key.strength == .weak, index > 0, tables.words[components[index - 1].word].traits.contains(.harmless)
      {
        return nil
      }
      // The token of a public key, as .NET writes it, is a digest.
      if key.strength == .weak, index > 1, components[index - 1].word == Words.key,
        isWord(components[index - 2], "public")
      {
        return nil
      }
      if key.rule == tables.index(.secret), isNameOfSecret(components, at: index, in: name) {
        key.strength = .weak
      }
      if key.strength == .weak, byte(name.lowerBound) | 0x20 == UInt8(ascii: "x"),
        byte(name.lowerBound + 1) == UInt8(ascii: "-")
      {
        key.strength = .strong
      }
      if index == 1, isWord(components[0], "rediscli"), isWord(components[1], "auth") {
        key.strength = .strong
      }
      if key.strength == .weak, index == components.endIndex - 1, mayBeUUID(components, at: index, in: name) {
        key.strength = .identifier
      }
      return refined(key, by: components[..<index])
    }
    return nil
  }

  /// Vault's `secret_id`, and Consul's `SecretID`.
  private func isSecretID(_ components: [Component], at index: Int) -> Bool {
    index == components.endIndex - 2 && isWord(components[index], "secret")
      && isWord(components[index + 1], "id")
  }

  /// Whether a UUID is a secret behind such a name, and no id of a request: `access_token`, `api_key`, `SNYK_TOKEN`.
  private func mayBeUUID(_ components: [Component], at index: Int, in name: Range<Int>) -> Bool {
    let last = components[index]
    let kinds: [ContextKind] = [.apiKey, .token, .encryptionKey]
    let rule = sensitiveWord(components, at: index)?.rule
    guard kinds.contains(where: { tables.index($0) == rule }) else { return false }
    if rule == tables.index(.apiKey) { return true }
    guard index > 0 else { return !isWord(last, "token") && !isWord(last, "jwt") && !isWord(last, "bearer") }
    let before = components[index - 1]
    if rule == tables.index(.encryptionKey) { return isWord(before, "secret") }
    if ["access", "auth", "api", "refresh"].contains(where: { isWord(before, $0) }) { return true }
    // A variable of the environment, but not the token of a request in one.
    let isVariable = name.allSatisfy { byte($0).isUpper || byte($0).isDigit || byte($0) == UInt8(ascii: "_") }
    return isVariable
      && !["request", "trace", "correlation", "client", "state", "sync", "resume"].contains {
        isWord(before, $0)
      }
  }

  /// A vendor's name before the sensitive word gives the rule, and says what its secrets look like.
  private func refined(_ key: Key, by components: ArraySlice<Component>) -> Key {
    for component in components {
      let entry = tables.words[component.word]
      guard entry.traits.contains(.vendor) else { continue }
      if entry.rule == tables.index(.snmp) { return Key(rule: entry.rule, strength: .strong) }
      if key.strength == .weak { return Key(rule: entry.rule, strength: .identifier) }
    }
    return key
  }

  private func isCookieHeader(_ components: [Component]) -> Bool {
    components.count == 2 && (isWord(components[0], "set") || isWord(components[0], "http"))
  }

  private func sensitiveWord(_ components: [Component], at index: Int) -> Key? {
    let component = components[index]
    let entry = tables.words[component.word]
    if component.word == Words.key { return keyWord(components, at: index) }
    if entry.traits.contains(.strong) {
      let isAmbiguous = components.count == 1 && (isWord(component, "pass") || isWord(component, "pwd"))
      return Key(rule: entry.rule, strength: isAmbiguous ? .modest : .strong)
    }
    // `RABBITMQ_ERLANG_COOKIE` is no cookie of a browser.
    if entry.traits.contains(.weak),
      !isWord(component, "cookie") || wordAfterAnother(components, at: index) == nil
    {
      // `encrypt` alone is a verb, and Consul's key.
      return isWord(component, "encrypt") && components.count > 1
        ? nil : Key(rule: entry.rule, strength: .weak)
    }
    if let key = wordAfterAnother(components, at: index) { return key }
    return compoundWord(component.range)
  }

  /// Words that only the word before them makes the name of a secret.
  private func wordAfterAnother(_ components: [Component], at index: Int) -> Key? {
    guard index > 0 else { return nil }
    let (before, word) = (components[index - 1], components[index])
    func follows(_ first: StaticString, _ second: StaticString) -> Bool {
      isWord(word, second) && isWord(before, first)
    }
    if follows("session", "id") || follows("bw", "session") || follows("op", "session") {
      return Key(rule: tables.index(.session), strength: .weak)
    }
    if follows("device", "code") || follows("recovery", "code") || follows("code", "verifier") {
      return Key(rule: tables.index(.token), strength: .weak)
    }
    if follows("erlang", "cookie") { return Key(rule: tables.index(.secret), strength: .strong) }
    if follows("de", "passe") { return Key(rule: tables.index(.password), strength: .strong) }
    return nil
  }

  /// `api_key`, `secret_access_key`: a key is secret by the word before it.
  private func keyWord(_ components: [Component], at index: Int) -> Key? {
    guard index > 0 else { return nil }
    let before = tables.words[components[index - 1].word]
    guard before.traits.contains(.keyQualifier) else { return nil }
    if index > 1, isWord(components[index - 1], "access"), isWord(components[index - 2], "secret") {
      return Key(rule: tables.index(.awsSecretKey), strength: .strong)
    }
    if index > 1, isWord(components[index - 1], "shared"), isWord(components[index - 2], "pre") {
      return Key(rule: tables.index(.preSharedKey), strength: .strong)
    }
    return Key(rule: before.keyRule, strength: .weak)
  }

  /// `dbpassword`, `githubtoken`: words run together.
  private func compoundWord(_ range: Range<Int>) -> Key? {
    let suffixes: [(StaticString, ContextKind, Key.Strength)] = [
      ("password", .password, .strong), ("passwd", .password, .strong), ("passphrase", .password, .strong),
      ("secret", .secret, .strong), ("apikey", .apiKey, .weak), ("token", .token, .weak),
    ]
    for (suffix, kind, strength) in suffixes where hasSuffix(suffix, range) {
      return Key(rule: tables.index(kind), strength: strength)
    }
    return nil
  }

  private func hasSuffix(_ suffix: StaticString, _ range: Range<Int>) -> Bool {
    let count = suffix.utf8CodeUnitCount
    guard range.count > count else { return false }
    return suffix.withUTF8Buffer { literal in
      literal.indices.allSatisfy { byte(range.upperBound - count + $0).lowered == literal[$0] }
    }
  }

  func isWord(_ component: Component, _ word: StaticString) -> Bool {
    isWord(component.range, word)
  }

  func isWord(_ range: Range<Int>, _ word: StaticString) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { literal in
      literal.indices.allSatisfy { byte(range.lowerBound + $0).lowered == literal[$0] }
    }
  }

  /// Splits a name at `_`, `-`, `.` and at the humps of camel case; digits at a word's end are cut.
  private func split(_ name: Range<Int>, into components: inout [Component]) {
    components.removeAll(keepingCapacity: true)
    var start = name.lowerBound
    for position in name {
      let byte = byte(position)
      if ByteSet.nameSeparators.contains(byte) {
        addComponent(start..<position, to: &components)
        start = position + 1
      } else if byte.isUpper, position > start {
        let previous = self.byte(position - 1)
        if !previous.isUpper || (self.byte(position + 1).isLower && position + 1 < name.upperBound) {
          addComponent(start..<position, to: &components)
          start = position
        }
      }
    }
    addComponent(start..<name.upperBound, to: &components)
  }

  private func addComponent(_ range: Range<Int>, to components: inout [Component]) {
    var range = range
    while let last = range.last, byte(last).isDigit { range = range.dropLast() }
    guard !range.isEmpty else { return }
    components.append(Component(range: range, word: packed(range)))
  }
}
