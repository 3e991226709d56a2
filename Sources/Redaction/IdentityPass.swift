/// One pass over whole lines in which secrets are replaced already. It looks at each byte a bounded number of times.
struct IdentityPass {
  /// What was found, and where.
  struct Finding {
    var range: Range<Int>
    var kind: ContextKind
    /// How many of the first bytes of `identity` stand for the network of an address.
    var network: [UInt8] = []
  }

  private let policy: IdentityPolicy
  private let signer: TokenSigner
  private let names: [[UInt8]: ContextKind]
  private let markers: [ContextKind: [UInt8]]
  private(set) var counts: [ContextKind: Int] = [:]

  init(policy: IdentityPolicy, signer: TokenSigner) {
    self.policy = policy
    self.signer = signer
    var names: [[UInt8]: ContextKind] = [:]
    for name in policy.hosts where name.utf8.count >= 3 { names[name.utf8.map(\.lowered)] = .hostName }
    for name in policy.people where name.utf8.count >= 3 { names[name.utf8.map(\.lowered)] = .person }
    self.names = names
    let kinds: [ContextKind] = [.email, .ipAddress, .macAddress, .person, .hostName, .card, .iban]
    markers = Dictionary(uniqueKeysWithValues: kinds.map { ($0, Array("[REDACTED:\($0.rawValue):".utf8)) })
  }

  /// Treats what stands in `text` from `start` on.
  mutating func apply(to text: inout [UInt8], from start: Int) {
    var output: [UInt8] = []
    var copied = start
    text.withUnsafeBytes { bytes in
      let scanner = IdentityScanner(bytes: bytes, policy: policy, names: names)
      var position = start
      while position < bytes.count {
        guard let finding = scanner.next(from: &position), finding.range.lowerBound >= copied else {
          continue
        }
        output.append(contentsOf: bytes[copied..<finding.range.lowerBound])
        append(finding, of: bytes, to: &output)
        copied = finding.range.upperBound
        position = copied
      }
      if copied > start { output.append(contentsOf: bytes[copied...]) }
    }
    if copied > start { text.replaceSubrange(start..., with: output) }
  }

  private mutating func append(_ finding: Finding, of bytes: UnsafeRawBufferPointer, to output: inout [UInt8])
  {
    counts[finding.kind, default: 0] += 1
    output += markers[finding.kind] ?? []
    if treatment(of: finding.kind) == .drop {
      output += Array("xxxxxxxx".utf8)
    } else {
      // What is written otherwise is the same: Bob@Example.net and bob@example.net.
      let identity = bytes[finding.range].map(\.lowered)
      if !finding.network.isEmpty {
        finding.network.withUnsafeBytes { signer.appendCode(of: $0, to: &output) }
        var code: [UInt8] = []
        identity.withUnsafeBytes { signer.appendCode(of: $0, to: &code) }
        output += code.prefix(6)
      } else {
        identity.withUnsafeBytes { signer.appendCode(of: $0, to: &output) }
      }
    }
    output.append(UInt8(ascii: "]"))
  }

  private func treatment(of kind: ContextKind) -> IdentityPolicy.Treatment {
    switch kind {
    case .email: policy.emails
    case .ipAddress: policy.addresses
    case .macAddress: policy.hardwareAddresses
    case .person: policy.persons
    case .hostName: policy.hostNames
    case .card: policy.cards
    case .iban: policy.bankAccounts
    default: .keep
    }
  }
}

/// Finds identities, word by word.
struct IdentityScanner {
  let bytes: UnsafeRawBufferPointer
  let policy: IdentityPolicy
  let names: [[UInt8]: ContextKind]

  /// The identity in the next word, if there is one; `position` goes on behind the word.
  func next(from position: inout Int) -> IdentityPass.Finding? {
    while position < bytes.count, !isWordByte(bytes[position]) {
      // Our own tokens are no words.
      position = markerEnd(at: position) ?? position + 1
    }
    let start = position
    while position < bytes.count, isWordByte(bytes[position]) { position += 1 }
    guard start < position else { return nil }
    return find(in: start..<position, &position)
  }

  private func markerEnd(at position: Int) -> Int? {
    guard bytes[position] == UInt8(ascii: "["), position + 10 <= bytes.count,
      bytes[position..<position + 10].elementsEqual("[REDACTED:".utf8)
    else { return nil }
    return bytes[position...].prefix(160).firstIndex(of: UInt8(ascii: "]")).map { $0 + 1 }
  }

  private static let wordBytes = ByteSet("0-9", "A-Z", "a-z", "._%+-@:")
  private func isWordByte(_ byte: UInt8) -> Bool { Self.wordBytes.contains(byte) }

  private func find(in word: Range<Int>, _ position: inout Int) -> IdentityPass.Finding? {
    let word = trimmed(word)
    guard word.count >= 2 else { return nil }
    if policy.emails != .keep, let range = email(word) { return .init(range: range, kind: .email) }
    if policy.hardwareAddresses != .keep, isHardwareAddress(word) {
      return .init(range: word, kind: .macAddress)
    }
    if policy.addresses != .keep, let finding = address(word) { return finding }
    if policy.bankAccounts != .keep, let range = bankAccount(word.lowerBound) {
      position = range.upperBound
      return .init(range: range, kind: .iban)
    }
    if policy.cards != .keep, let range = card(word.lowerBound) {
      position = max(position, range.upperBound)
      return .init(range: range, kind: .card)
    }
    return name(in: word)
  }

  private func trimmed(_ word: Range<Int>) -> Range<Int> {
    let edges = ByteSet(".:-+%_@")
    var (start, stop) = (word.lowerBound, word.upperBound)
    // `::1` begins with its colons.
    while start < stop, edges.contains(bytes[start]), bytes[start] != UInt8(ascii: ":") { start += 1 }
    while start < stop, edges.contains(bytes[stop - 1]) { stop -= 1 }
    return start..<stop
  }

  // MARK: E-mail, names

  private func email(_ word: Range<Int>) -> Range<Int>? {
    guard let at = word.first(where: { bytes[$0] == UInt8(ascii: "@") }), at > word.lowerBound else {
      return nil
    }
    var stop = at + 1
    while stop < word.upperBound, ByteSet.dotted.contains(bytes[stop]) { stop += 1 }
    guard (at + 1..<stop).dropFirst().dropLast().contains(where: { bytes[$0] == UInt8(ascii: ".") }),
      bytes[stop - 1].isLetter
    else { return nil }
    var start = at
    while start > word.lowerBound, bytes[start - 1] != UInt8(ascii: ":") { start -= 1 }
    return start < at ? start..<stop : nil
  }

  private func name(in word: Range<Int>) -> IdentityPass.Finding? {
    guard !names.isEmpty else { return nil }
    var start = word.lowerBound
    while start < word.upperBound {
      var stop = start
      while stop < word.upperBound, !ByteSet(":@%+").contains(bytes[stop]) { stop += 1 }
      if let kind = names[bytes[start..<stop].map(\.lowered)] { return finding(start..<stop, kind) }
      let first = bytes[start..<stop].prefix { $0 != UInt8(ascii: ".") }
      if first.endIndex < stop, let kind = names[first.map(\.lowered)] {
        return finding(start..<first.endIndex, kind)
      }
      start = stop + 1
    }
    return nil
  }

  private func finding(_ range: Range<Int>, _ kind: ContextKind) -> IdentityPass.Finding? {
    let treatment = kind == .person ? policy.persons : policy.hostNames
    return treatment == .keep ? nil : .init(range: range, kind: kind)
  }

  // MARK: Addresses

  private func isHardwareAddress(_ word: Range<Int>) -> Bool {
    guard word.count == 17 else { return false }
    let separator = bytes[word.lowerBound + 2]
    guard separator == UInt8(ascii: ":") || separator == UInt8(ascii: "-") else { return false }
    return word.allSatisfy {
      ($0 - word.lowerBound) % 3 == 2 ? bytes[$0] == separator : bytes[$0].hexValue != nil
    }
  }

  private func address(_ word: Range<Int>) -> IdentityPass.Finding? {
    if let (range, parts) = version4(word) {
      guard parts[0] != 127, parts[0] != 0, parts != [255, 255, 255, 255] else { return nil }
      return .init(range: range, kind: .ipAddress, network: [4] + parts.prefix(3))
    }
    guard word.count <= 45, let groups = version6(word) else { return nil }
    guard groups.prefix(7).contains(where: { $0 != 0 }) || groups[7] > 1 else { return nil }
    let network = groups.prefix(4).flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    return .init(range: word, kind: .ipAddress, network: [6] + network)
  }

  /// Four numbers up to 255, with a port behind them perhaps.
  private func version4(_ word: Range<Int>) -> (Range<Int>, [UInt8])? {
    var parts: [UInt8] = []
    var position = word.lowerBound
    while position < word.upperBound, parts.count < 4 {
      var (value, digits) = (0, 0)
      while position < word.upperBound, bytes[position].isDigit, digits < 4 {
        value = value * 10 + Int(bytes[position] - 0x30)
        (position, digits) = (position + 1, digits + 1)
      }
      guard digits > 0, value <= 255 else { return nil }
      parts.append(UInt8(value))
      if parts.count == 4 { break }
      guard position < word.upperBound, bytes[position] == UInt8(ascii: ".") else { return nil }
      position += 1
    }
    guard parts.count == 4, position == word.upperBound || bytes[position] == UInt8(ascii: ":") else {
      return nil
    }
    return (word.lowerBound..<position, parts)
  }

  /// Eight groups, of which `::` stands for some (RFC 4291, section 2.2).
  private func version6(_ word: Range<Int>) -> [UInt16]? {
    var (head, tail, isCompressed) = ([UInt16](), [UInt16](), false)
    var position = word.lowerBound
    while position < word.upperBound {
      if bytes[position] == UInt8(ascii: ":") {
        guard position + 1 < word.upperBound, bytes[position + 1] == UInt8(ascii: ":"), !isCompressed else {
          return nil
        }
        isCompressed = true
        position += 2
        continue
      }
      var (value, digits) = (UInt16(0), 0)
      while position < word.upperBound, digits < 4, let digit = bytes[position].hexValue {
        value = value << 4 | UInt16(digit)
        (position, digits) = (position + 1, digits + 1)
      }
      guard digits > 0 else { return nil }
      if isCompressed { tail.append(value) } else { head.append(value) }
      guard position < word.upperBound else { break }
      guard bytes[position] == UInt8(ascii: ":") else { return nil }
      let isDouble = position + 1 < word.upperBound && bytes[position + 1] == UInt8(ascii: ":")
      if !isDouble { position += 1 }
    }
    let count = head.count + tail.count
    // `12:34` is a time, and `::` alone is nowhere.
    guard isCompressed ? count < 8 && count > 0 : count == 8 else { return nil }
    return head + Array(repeating: 0, count: 8 - count) + tail
  }

  // MARK: Cards and accounts

  /// Digits in groups, between which single blanks or hyphens stand.
  private func grouped(_ start: Int, _ set: ByteSet, limit: Int) -> Range<Int> {
    var position = start
    var stop = start
    while position < bytes.count, stop - start < limit {
      if set.contains(bytes[position]) {
        stop = position + 1
      } else if bytes[position] != 0x20 && bytes[position] != UInt8(ascii: "-") || stop != position {
        break
      }
      position += 1
    }
    return start..<stop
  }

  private func card(_ start: Int) -> Range<Int>? {
    guard (UInt8(ascii: "2")...UInt8(ascii: "6")).contains(bytes[start]) else { return nil }
    let range = grouped(start, .digits, limit: 24)
    let digits = bytes[range].count(where: \.isDigit)
    guard (13...19).contains(digits),
      range.upperBound == bytes.count || !ByteSet.word.contains(bytes[range.upperBound]),
      Checksum.luhn.accepts(Array(bytes[range]))
    else { return nil }
    return range
  }

  private func bankAccount(_ start: Int) -> Range<Int>? {
    guard start + 15 <= bytes.count, bytes[start].isUpper, bytes[start + 1].isUpper, bytes[start + 2].isDigit,
      bytes[start + 3].isDigit
    else { return nil }
    let range = grouped(start, .upperAlphanumeric, limit: 42)
    let count = bytes[range].count { $0.isDigit || $0.isUpper }
    guard (15...34).contains(count), Checksum.mod97.accepts(Array(bytes[range])) else { return nil }
    return range
  }
}
