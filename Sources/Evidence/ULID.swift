/// Makes ULIDs (https://github.com/ulid/spec): 48 bits of milliseconds and 80 random bits, in Crockford's
/// base 32, 26 characters, so that ids sort by time.
package enum ULID {
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

  package static func make<Generator: RandomNumberGenerator>(
    at time: Timestamp, using generator: inout Generator
  ) -> String {
    let milliseconds = UInt64(max(0, time.nanoseconds / 1_000_000))
    let high = UInt64.random(in: 0..<(1 << 40), using: &generator)
    let low = UInt64.random(in: 0..<(1 << 40), using: &generator)
    return encode(milliseconds, digits: 10) + encode(high, digits: 8) + encode(low, digits: 8)
  }

  package static func make(at time: Timestamp) -> String {
    var generator = SystemRandomNumberGenerator()
    return make(at: time, using: &generator)
  }

  /// Whether `text` could be one of ours: 26 digits of the alphabet, upper case.
  package static func isValid(_ text: String) -> Bool {
    text.utf8.count == 26 && text.utf8.allSatisfy(alphabet.lazy.compactMap(\.asciiValue).contains)
  }

  private static func encode(_ value: UInt64, digits: Int) -> String {
    String((0..<digits).reversed().map { alphabet[Int(value >> UInt64($0 * 5) & 31)] })
  }
}
