internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Makes inputs out of pieces of rules and random bytes, and checks what must hold for all of them.
struct FuzzSession {
  /// Most megabytes that the process may have taken, the sanitizer's shadow and quarantine among them.
  private static let memoryLimit = 600
  /// A case of at most 64 KiB that takes longer hangs; the sanitizer makes everything some ten times slower.
  private static let caseSeconds = 20.0

  private(set) var cases = 0
  private(set) var bytes = 0
  private var random: SplitMix64
  private let redactor = Redactor(rules: .builtIn, key: RedactionKey(bytes: Array(0..<32)))

  init(seed: UInt64) {
    random = SplitMix64(state: seed)
  }

  private static let pieces: [String] = [
    "password=", "password: ", "\"password\":\"", "token", "secret", "api_key", "Authorization: Bearer ",
    "Authorization: Digest ", "Cookie: a=", "Set-Cookie: ", "://", "user:pw@", "-----BEGIN PRIVATE KEY-----",
    "-----END PRIVATE KEY-----", "-----BEGIN ", "LS0tLS1CRUdJTi", "Private-Lines: 3", "AKIA", "ghp_",
    "glpat-", "xoxb-",
    "eyJ", "eyJhbGciOiJIUzI1NiJ9.", "$6$", "$argon2", "{SSHA}", "AGE-SECRET-KEY-1", "MTAw", "-us1", "00D",
    "pat",
    "JQQJ9", "+ASt", "8Q~", ":AA", "sk-proj-", "T3BlbkFJ", "mysql -p", "curl -u ", "sshpass -p ",
    "docker login -p ",
    "identified by '", "@tcp(", ":5432:", "@@ -1,2 +1,2 @@", "data:", "\"data\":{", "stringData:",
    "kind: Secret",
    "[REDACTED:", "[REDACTED:password:aaaaaaaa]", "diff --git ", "name: password", "value: ", "|", ">", "\\n",
    "\\\"",
    "\\\\", "%3D", "%22", "%", "\"", "'", "`", "{", "}", "[", "]", "<", ">", "<password>", "</password>", "&",
    ";", ",",
    "#", "=", ":", " ", "\t", "\n", "\r\n", "\u{0}", "\u{FEFF}", "\u{1B}[31m", "é", "psk=", "community",
    "snmp_",
    "-D", "--", "+", "-", "machine x login y password ", "bearer ", "requirepass ",
  ]

  /// - Returns: what failed, with the number of the case.
  mutating func run(seconds: Double) -> String? {
    let clock = ContinuousClock()
    let start = clock.now
    while start.duration(to: clock.now) < .seconds(seconds) {
      let input = makeInput()
      let began = clock.now
      if let failure = check(input) { return "case \(cases): \(failure)" }
      if began.duration(to: clock.now) > .seconds(Self.caseSeconds) { return "case \(cases): took too long" }
      cases += 1
      bytes += input.count
      if cases % 64 == 0, peakMegabytes() > Self.memoryLimit {
        return "case \(cases): \(peakMegabytes()) MiB"
      }
    }
    return nil
  }

  private mutating func makeInput() -> [UInt8] {
    var input: [UInt8] = []
    let limit = [40, 400, 4_000, 60_000][Int(random.next() % 4)]
    while input.count < limit {
      switch random.next() % 8 {
      case 0: input.append(UInt8(truncatingIfNeeded: random.next()))
      case 1:
        let piece = Array(Self.pieces[Int(random.next() % UInt64(Self.pieces.count))].utf8)
        for _ in 0..<random.next() % 40 { input += piece }
      case 2: input += (0..<random.next() % 100).map { _ in alphanumeric(random.next()) }
      default: input += Self.pieces[Int(random.next() % UInt64(Self.pieces.count))].utf8
      }
    }
    if !input.isEmpty, random.next() % 4 == 0 {
      for _ in 0..<8 {
        input[Int(random.next() % UInt64(input.count))] = UInt8(truncatingIfNeeded: random.next())
      }
    }
    return input
  }

  private func alphanumeric(_ value: UInt64) -> UInt8 {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    return alphabet[Int(value >> 32 & 63)]
  }

  /// However the input is cut, the output is the same; a second pass comes to an end.
  private mutating func check(_ input: [UInt8]) -> String? {
    let whole = redact(input, pieceSize: input.count + 1)
    let pieces = redact(input, pieceSize: Int(random.next() % 97) + 1)
    guard whole == pieces else { return "cuts change the output of \(input.count) bytes" }
    _ = redact(whole, pieceSize: 4_096)
    return nil
  }

  private func redact(_ input: [UInt8], pieceSize: Int) -> [UInt8] {
    var stream = redactor.makeStream()
    var output: [UInt8] = []
    func take(_ chunk: Redacted) { chunk.withUnsafeBytes { output += $0 } }
    var start = 0
    while start < input.count {
      // A copy of its own, so that the sanitizer sees the least step over its edges.
      let piece = Array(input[start..<min(input.count, start + pieceSize)])
      piece.withUnsafeBytes { stream.write($0, take) }
      start += piece.count
    }
    stream.finish(take)
    return output
  }

  /// `VmHWM` of the process, from getrusage(2).
  func peakMegabytes() -> Int {
    var usage = rusage()
    // RUSAGE_SELF, which glibc and musl declare as different types.
    getrusage(0, &usage)
    return Int(usage.ru_maxrss) >> 10
  }
}

/// Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}
