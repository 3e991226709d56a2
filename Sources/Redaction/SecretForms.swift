/// The forms of a secret that other programs write.
enum SecretForms {
  /// Encodings within encodings that are taken off: JSON in a string of JSON in a query, and one more.
  private static let depth = 4

  /// The secret itself, and what it stands for where it was found in an encoding, or in several.
  static func texts(of secret: UnsafeRawBufferPointer) -> [[UInt8]] {
    var texts = [Array(secret)]
    var from = 0
    for _ in 0..<depth {
      let inner = texts[from...].flatMap { [decodedJSON($0), decodedPercent($0), decodedBase64($0)] }
      from = texts.count
      for text in inner.compactMap(\.self) where !texts.contains(text) { texts.append(text) }
      if from == texts.count { break }
    }
    return texts
  }

  /// These texts, and all of them percent-encoded, escaped for JSON, and in base64 at its three alignments.
  static func all(of texts: [[UInt8]]) -> [[UInt8]] {
    var forms: [[UInt8]] = []
    for form in texts.lazy.flatMap({ text in [text] + encodings(of: text) }) {
      // A few dozen: comparing them costs less than hashing.
      guard form.count >= KnownSecrets.shortest, !form.contains(0x0A), !forms.contains(form) else { continue }
      forms.append(form)
    }
    return forms
  }

  private static func encodings(of raw: [UInt8]) -> [[UInt8]] {
    let base64s = (0..<3).flatMap { base64Forms(of: raw, alignment: $0) }
    // Most secrets: nothing of them is escaped anywhere.
    if raw.allSatisfy({ ByteSet.alphanumeric.contains($0) }) { return base64s }
    var forms = base64s
    for set in [unreserved, unreserved | ByteSet("/"), unreserved | ByteSet("!'()*")] {
      forms += [percent(raw, "0123456789ABCDEF", set), percent(raw, "0123456789abcdef", set)]
    }
    forms += [json(raw, escapesSlash: false), json(raw, escapesSlash: true)]
    return forms
  }

  private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let url = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  /// RFC 3986, section 2.3. Encoders differ in what else they leave: `quote` of Python the slash, `encodeURIComponent` of
  /// JavaScript five marks.
  private static let unreserved = ByteSet.alphanumeric | ByteSet("-_.~")

  private static func percent(_ secret: [UInt8], _ digits: StaticString, _ safe: ByteSet) -> [UInt8] {
    let digits = UnsafeBufferPointer(start: digits.utf8Start, count: digits.utf8CodeUnitCount)
    return secret.flatMap {
      safe.contains($0) ? [$0] : [UInt8(ascii: "%"), digits[Int($0 >> 4)], digits[Int($0 & 15)]]
    }
  }

  /// RFC 8259, section 7, as most encoders write it.
  private static func json(_ secret: [UInt8], escapesSlash: Bool) -> [UInt8] {
    secret.flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): [UInt8(ascii: "\\"), byte]
      case UInt8(ascii: "/") where escapesSlash: [UInt8(ascii: "\\"), byte]
      case 0x0A: Array("\\n".utf8)
      case 0x0D: Array("\\r".utf8)
      case 0x09: Array("\\t".utf8)
      default: [byte]
      }
    }
  }

  /// As the journal's JSON has a field that is no text (https://systemd.io/JOURNAL_EXPORT_FORMATS,
  /// "Journal JSON Format").
  static func numbers(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 4)
    for byte in bytes {
      if byte >= 100 { text.append(UInt8(ascii: "0") + byte / 100) }
      if byte >= 10 { text.append(UInt8(ascii: "0") + byte / 10 % 10) }
      text.append(UInt8(ascii: "0") + byte % 10)
      text.append(UInt8(ascii: ","))
    }
    _ = text.popLast()
    return text
  }

  /// The digits that depend on the secret alone, where it begins at this byte of a group of three: in the alphabet of
  /// most, and in that for addresses where it differs.
  private static func base64Forms(of secret: [UInt8], alignment: Int) -> [[UInt8]] {
    var digits: [UInt8] = []
    digits.reserveCapacity(secret.count * 4 / 3 + 2)
    // The bytes before it are zeros.
    var bits = 0
    var count = 8 * alignment % 6
    // Digits that hold bits of what stands before are left out; one with bits of what follows was never complete.
    var skipped = [0, 1, 1][alignment]
    for byte in secret {
      bits = (bits << 8 | Int(byte)) & 0xFFFFFF
      count += 8
      while count >= 6 {
        count -= 6
        if skipped > 0 { skipped -= 1 } else { digits.append(standard[bits >> count & 63]) }
      }
    }
    let isInBoth = digits.allSatisfy { $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "/") }
    return isInBoth
      ? [digits]
      : [
        digits,
        digits.map {
          $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0
        },
      ]
  }
}

/// What a secret is that was found in an encoding; `nil` where there is none.
extension SecretForms {
  private static func decodedJSON(_ text: [UInt8]) -> [UInt8]? {
    guard text.contains(UInt8(ascii: "\\")) else { return nil }
    var output: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        output.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "n"): output.append(0x0A)
      case UInt8(ascii: "r"): output.append(0x0D)
      case UInt8(ascii: "t"): output.append(0x09)
      case UInt8(ascii: "u"):
        guard let byte = hexadecimal(rest.prefix(4)), byte < 0x80 else { return nil }
        output.append(UInt8(byte))
        rest = rest.dropFirst(4)
      case let next?: output.append(next)
      case nil: return nil
      }
    }
    return output
  }

  private static func decodedPercent(_ text: [UInt8]) -> [UInt8]? {
    guard text.contains(UInt8(ascii: "%")) else { return nil }
    var output: [UInt8] = []
    var rest = text[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        output.append(byte)
        continue
      }
      guard rest.count >= 2, let value = hexadecimal(rest.prefix(2)) else { return nil }
      output.append(UInt8(value))
      rest = rest.dropFirst(2)
    }
    return output
  }

  /// Where it is text: `data` of a Kubernetes Secret. What is random does not decode to eight printable bytes.
  private static func decodedBase64(_ text: [UInt8]) -> [UInt8]? {
    let digits = text.prefix { $0 != UInt8(ascii: "=") }
    guard digits.count >= 11, text.count - digits.count <= 2 else { return nil }
    var output: [UInt8] = []
    var bits = 0
    var count = 0
    for digit in digits {
      guard let value = standard.firstIndex(of: digit) ?? url.firstIndex(of: digit) else { return nil }
      bits = (bits << 6 | value) & 0xFFFF
      count += 6
      guard count >= 8 else { continue }
      count -= 8
      output.append(UInt8(bits >> count & 0xFF))
    }
    return output.allSatisfy { (0x20..<0x7F).contains($0) } ? output : nil
  }

  private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> Int? {
    Int(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}

extension KnownSecrets {
  /// A secret in all its forms.
  ///
  /// Of eight hexadecimal digits a journal of a million entries holds so many, within hashes, that some are a secret's by
  /// chance: so few digits count as words only.
  static func forms(of secret: UnsafeRawBufferPointer, marker: [UInt8]) -> [Form] {
    let texts = SecretForms.texts(of: secret)
    let forms = SecretForms.all(of: texts).compactMap { text in
      let isWord = text.count < fewDigits && text.allSatisfy { ByteSet.hex.contains($0) }
      return text.withUnsafeBytes { Form($0, marker: marker, rule: 0, isWord: isWord) }
    }
    return forms
      + texts.filter { $0.count >= shortest }.compactMap { text in
        SecretForms.numbers(text).withUnsafeBytes {
          Form($0, marker: marker, rule: 0, isWord: true, isNumbers: true)
        }
      }
  }

  /// Takes a secret in all its forms.
  mutating func insert(_ forms: [Form]) {
    for form in forms { insert(form) }
  }

  /// Twelve hexadecimal digits are 48 bits.
  private static let fewDigits = 12
}
