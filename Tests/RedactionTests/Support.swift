@testable import Redaction

let testRedactor = Redactor(rules: .builtIn, key: RedactionKey(bytes: Array(0..<32)))

func redact(_ text: String) -> String {
  testRedactor.redact(text).text
}

/// Redacts in pieces of these sizes, the last of which repeats.
func redact(_ bytes: [UInt8], piecesOf sizes: [Int]) -> [UInt8] {
  var stream = testRedactor.makeStream()
  var output: [UInt8] = []
  func take(_ chunk: Redacted) { chunk.withUnsafeBytes { output += $0 } }
  bytes.withUnsafeBytes { buffer in
    var start = 0
    var number = 0
    while start < buffer.count {
      let stop = min(buffer.count, start + sizes[min(number, sizes.count - 1)])
      stream.write(UnsafeRawBufferPointer(rebasing: buffer[start..<stop]), take)
      (start, number) = (stop, number + 1)
    }
  }
  stream.finish(take)
  return output
}

/// Random text over an alphabet. Test secrets are made at run time, so that none stands in the source.
func randomText(_ alphabet: String, _ count: Int) -> String {
  let bytes = Array(alphabet.utf8)
  var generator = SystemRandomNumberGenerator()
  return String(
    decoding: (0..<count).map { _ in bytes[Int.random(in: 0..<bytes.count, using: &generator)] },
    as: UTF8.self)
}

let lettersAndDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
let base64Alphabet = lettersAndDigits + "+/"
let hexDigits = "0123456789abcdef"

/// A random secret that no rule mistakes for a word: it has letters, digits and both cases.
func makeSecret(_ count: Int = 20) -> String {
  // One in thousands has letters alone behind its beginning, which may be a word to rules that go by the look of a text.
  let text = randomText(lettersAndDigits, count - 3)
  let isTelling = count < 12 || text.count { $0.isNumber } > 1
  return isTelling ? "Zq7" + text : makeSecret(count)
}

/// A PEM private key of random text.
func makePrivateKey(lines: Int = 5, label: String = "RSA PRIVATE KEY") -> [String] {
  ["-----BEGIN \(label)-----"] + (0..<lines).map { _ in randomText(base64Alphabet, 64) }
    + [randomText(base64Alphabet, 30) + "==", "-----END \(label)-----"]
}

/// Whether any eight bytes of `secret` in a row are left in `output`.
func leaks(of secret: String, in output: String) -> Bool {
  leaks(of: [secret], in: output)
}

/// Whether any eight bytes in a row of one of the secrets are left in `output`.
func leaks(of secrets: some Sequence<String>, in output: String) -> Bool {
  let left = windows(output)
  return secrets.contains { !left.isDisjoint(with: windows($0)) }
}

private func windows(_ text: String) -> Set<UInt64> {
  var window: UInt64 = 0
  var result: Set<UInt64> = []
  for (index, byte) in text.utf8.enumerated() {
    window = window << 8 | UInt64(byte)
    if index >= 7 { result.insert(window) }
  }
  return result
}

/// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014): the same seed gives the
/// same test.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
