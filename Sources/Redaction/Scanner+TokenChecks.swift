/// What a token's text must fulfil beyond its form.
extension Scanner {
  /// Whether the text of a rule's form is a token, and not a placeholder, a word or an id.
  func passesCheck(_ index: Int, _ range: Range<Int>, literalAt position: Int) -> Bool {
    let rule = tables.tokenRules[index]
    let body = min(position + rule.literal.utf8.count, range.upperBound)..<range.upperBound
    if isFiller(body) || isExample(range) { return false }
    switch rule.check {
    case .none, .webToken: return !isPhrase(body)
    case .mixed: return isMixed(range) && !isPhrase(body)
    case .random: return isRandom(rule.leading == nil ? body : range) && !isPhrase(body)
    case .uuid: return isUUID(body.prefix(36)) && (body.count == 36 || !isHexDigit(body.lowerBound + 36))
    case .separator(let byte, let offsets):
      return isRandom(body)
        && offsets.contains {
          let place = body.lowerBound + $0
          return self.byte(place) == byte || isPercentEncoded(byte, at: place)
        }
    case .botToken: return isBotToken(range)
    case .checksum(let checksum): return checksum.accepts(bytes[body])
    case .privateKey: return decodesToPrivateKey(range)
    }
  }

  private func isHexDigit(_ position: Int) -> Bool { ByteSet.hex.contains(byte(position)) }

  /// `xxxxxxxx`, `0000…`: one byte, with few others.
  private func isFiller(_ body: Range<Int>) -> Bool {
    guard body.count >= 8 else { return false }
    let middle = byte(body.lowerBound + body.count / 2)
    let sample = body.prefix(1024)
    return sample.count { byte($0) == middle } * 10 >= sample.count * 6
  }

  /// The documented example keys of AWS and others end in a word that chance does not make.
  func isExample(_ range: Range<Int>) -> Bool {
    hasPrefix("EXAMPLE", at: range.upperBound - 7) || hasPrefix("EXAMPLEKEY", at: range.upperBound - 10)
  }

  /// Words in small letters between hyphens, underscores or dots, as in the name of something.
  private func isPhrase(_ body: Range<Int>) -> Bool {
    guard body.contains(where: { ByteSet.nameSeparators.contains(byte($0)) }),
      !body.contains(where: { byte($0).isUpper })
    else { return false }
    return isWordy(body)
  }

  /// Whether digits and letters both occur, or the case changes often.
  func isMixed(_ range: Range<Int>) -> Bool {
    var hasDigit = false
    var hasLetter = false
    var changes = 0
    for position in range.prefix(512) {
      let byte = byte(position)
      if byte.isDigit {
        hasDigit = true
      } else if byte.isLetter {
        if hasLetter && byte.isUpper != self.byte(position - 1).isUpper { changes += 1 }
        hasLetter = true
      }
      if hasLetter && (hasDigit || changes >= 6) { return true }
    }
    return false
  }

  /// Whether capital and small letters occur, and digits or many changes between the two.
  func isRandom(_ range: Range<Int>) -> Bool {
    var uppers = 0
    var lowers = 0
    for position in range.prefix(512) {
      if byte(position).isUpper { uppers += 1 } else if byte(position).isLower { lowers += 1 }
    }
    return uppers >= 2 && lowers >= 2 && isMixed(range)
  }

  func isUUID(_ range: some Collection<Int>) -> Bool {
    guard range.count == 36, let first = range.first else { return false }
    return range.allSatisfy {
      [8, 13, 18, 23].contains($0 - first) ? byte($0) == UInt8(ascii: "-") : isHexDigit($0)
    }
  }

  /// `id.time.signature`; the id is base64 of 17 to 20 digits, of which the literal has three.
  private func isBotToken(_ range: Range<Int>) -> Bool {
    let dots = range.filter { byte($0) == UInt8(ascii: ".") }
    guard dots.count == 2, let first = dots.first, let second = dots.last else { return false }
    return (22...28).contains(first - range.lowerBound) && (5...7).contains(second - first - 1)
      && (27...60).contains(range.upperBound - second - 1)
  }

  private func isPercentEncoded(_ byte: UInt8, at position: Int) -> Bool {
    guard self.byte(position) == UInt8(ascii: "%"), let high = self.byte(position + 1).hexValue,
      let low = self.byte(position + 2).hexValue
    else { return false }
    return high << 4 | low == byte
  }

  /// Whether base64 text is a PEM private key: its label stands in the first 64 bytes.
  private func decodesToPrivateKey(_ range: Range<Int>) -> Bool {
    let decoded = decodeBase64(range.prefix(88))
    let label = Array("PRIVATE KEY".utf8)
    return decoded.indices.contains { decoded[$0...].starts(with: label) }
  }

  /// The bytes of base64 text; decoding stops at what is no base64.
  func decodeBase64(_ text: some Sequence<Int>) -> [UInt8] {
    var bytes: [UInt8] = []
    var (bits, count) = (UInt32(0), UInt32(0))
    for position in text {
      guard let value = byte(position).base64Value else { break }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> count))
      }
    }
    return bytes
  }
}

extension UInt8 {
  /// The value of a hexadecimal digit.
  var hexValue: UInt8? {
    if isDigit { return self - 0x30 }
    let letter = self | 0x20
    return (0x61...0x66).contains(letter) ? letter - 0x57 : nil
  }

  /// The value of a digit of base 64 (RFC 4648, both alphabets).
  var base64Value: UInt8? {
    switch self {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): self - 0x41
    case UInt8(ascii: "a")...UInt8(ascii: "z"): self - 0x61 + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): self - 0x30 + 52
    case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
    case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
    default: nil
    }
  }
}
