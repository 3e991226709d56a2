/// The second pass: every secret that was found anywhere is looked for everywhere else, as it is and in the forms in
/// which programs pass it on.
///
/// Collect first: make the capture's redactors with `Redactor.collecting(into:)`, and let them run. Then sweep: what
/// was written before a secret was known is swept again, and the sealed whole must give nothing.
package final class FoundSecrets: Sendable {
  private let store = Guarded(KnownSecrets())

  package init() {}

  /// Texts that are held, each form of each secret for itself; see `KnownSecrets.limit`.
  package var count: Int { store.read { $0.count } }

  /// Whether secrets were turned away because there were too many: then the sweep is not complete.
  package var isFull: Bool { store.read { $0.isFull } }

  /// Takes a secret and the token that stands for it.
  func insert(_ secret: UnsafeRawBufferPointer, marker: [UInt8]) {
    guard secret.count >= KnownSecrets.shortest, secret.count <= 4096, !Self.isCommon(secret) else { return }
    store.change { known in
      guard known.insert(secret, marker: marker, rule: 0) else { return }
      for form in SecretForms.all(of: secret) {
        form.withUnsafeBytes { _ = known.insert($0, marker: marker, rule: 0) }
      }
    }
  }

  /// What is in ordinary text as well would take the text out: digits alone, one letter repeated.
  private static func isCommon(_ secret: UnsafeRawBufferPointer) -> Bool {
    let isNumber = secret.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }
    return isNumber || secret.allSatisfy { $0 == secret[0] }
      || (secret.count < 12
        && secret.allSatisfy { $0.isLower || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") })
  }

  /// A pass over bytes that replaces what is held at this moment; secrets found later are not in it.
  package func makeSweep() -> SecretSweep {
    SecretSweep(known: store.read { $0 })
  }
}

/// Replaces known secrets in a stream, in the memory of one window.
package struct SecretSweep: ~Copyable {
  /// The longest form that is held.
  private static let longest = 16 << 10

  private let known: KnownSecrets
  private var pending: [UInt8] = []
  /// What was replaced so far.
  package private(set) var replacements = 0

  init(known: KnownSecrets) {
    self.known = known
  }

  /// Takes the next bytes and gives what is certain.
  /// - Throws: what `emit` throws.
  package mutating func write<E: Error>(
    _ bytes: UnsafeRawBufferPointer, _ emit: (Redacted) throws(E) -> Void
  ) throws(E) {
    guard !known.isEmpty else { return try emit(Redacted(Array(bytes))) }
    pending.append(contentsOf: bytes)
    if pending.count > Self.longest * 4 { try sweep(keeping: Self.longest, emit) }
  }

  /// Gives the rest.
  /// - Throws: what `emit` throws.
  package mutating func finish<E: Error>(_ emit: (Redacted) throws(E) -> Void) throws(E) {
    try sweep(keeping: 0, emit)
  }

  private mutating func sweep<E: Error>(
    keeping tail: Int, _ emit: (Redacted) throws(E) -> Void
  ) throws(E) {
    var segment: [UInt8] = []
    swap(&segment, &pending)
    var output: [UInt8] = []
    output.reserveCapacity(segment.count)
    let done = segment.withUnsafeBytes { bytes in replace(in: bytes, until: bytes.count - tail, &output) }
    pending = Array(segment[done...])
    if !output.isEmpty { try emit(Redacted(output)) }
  }

  /// Copies up to `limit` or the end of a secret that reaches over it; returns where it stopped.
  private mutating func replace(
    in bytes: UnsafeRawBufferPointer, until limit: Int, _ output: inout [UInt8]
  ) -> Int {
    var copied = 0
    var position = 0
    while position < limit {
      position = known.nextCandidate(in: bytes, from: position, until: limit)
      guard position < limit else { break }
      guard let entry = known.match(in: bytes, at: position) else {
        position += 1
        continue
      }
      output.append(contentsOf: bytes[copied..<position])
      output += entry.marker
      replacements += 1
      (position, copied) = (position + entry.length, position + entry.length)
    }
    let stop = max(copied, min(limit, bytes.count))
    output.append(contentsOf: bytes[copied..<stop])
    return stop
  }
}

/// The forms of a secret that other programs write.
enum SecretForms {
  /// Percent-encoded, escaped for JSON, and base64 at its three alignments; those that differ from the secret.
  static func all(of secret: UnsafeRawBufferPointer) -> [[UInt8]] {
    let raw = Array(secret)
    var forms = [percent(raw, "0123456789ABCDEF"), percent(raw, "0123456789abcdef")]
    forms += [json(raw, escapesSlash: false), json(raw, escapesSlash: true)]
    for alphabet in [standard, url] { forms += (0..<3).map { base64(raw, alignment: $0, alphabet) } }
    var seen: Set<[UInt8]> = [raw]
    return forms.filter { $0.count >= KnownSecrets.shortest && seen.insert($0).inserted }
  }

  private static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let url = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
  private static let unreserved = ByteSet("0-9", "A-Z", "a-z", "-._~")

  private static func percent(_ secret: [UInt8], _ digits: String) -> [UInt8] {
    let digits = Array(digits.utf8)
    return secret.flatMap {
      unreserved.contains($0) ? [$0] : [UInt8(ascii: "%"), digits[Int($0 >> 4)], digits[Int($0 & 15)]]
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

  /// The digits that depend on the secret alone, where it begins at this byte of a group of three.
  private static func base64(_ secret: [UInt8], alignment: Int, _ alphabet: [UInt8]) -> [UInt8] {
    let padded = Array(repeating: UInt8(0), count: alignment) + secret
    var digits: [UInt8] = []
    var bits = 0
    var count = 0
    for byte in padded {
      bits = (bits << 8 | Int(byte)) & 0xFFFFFF
      count += 8
      while count >= 6 {
        count -= 6
        digits.append(alphabet[bits >> count & 63])
      }
    }
    // The digits that hold bits of what stands before; one with bits of what follows was never complete.
    return Array(digits.dropFirst([0, 2, 3][alignment]))
  }
}
