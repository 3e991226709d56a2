internal import Evidence

/// What agent and helper say to each other: lines of ASCII words (paths excepted, which come last and are bytes to
/// the end of the line). An answer is any number of lines and then `end`, or one line `error TEXT`.
///
/// ```
/// sync MILLISECONDS                          → sync NAMESPACE OUTCOME MILLISECONDS DETAIL
/// pin CAPTURE FROM TO BYTES                  → file METHOD DEVICE INODE BYTES HEADER LINK REFUSAL PATH
/// release CAPTURE                            → released FILES BYTES
/// ```
///
/// Times are microseconds since the epoch. An empty word is `-`; texts are in hexadecimal. A request has no path: the
/// helper looks for the journal's folders itself.
enum FreezeRequest: Equatable {
  case sync(milliseconds: Int64)
  case pin(capture: String, window: TimeWindow, maximumBytes: Int)
  case release(capture: String)

  /// Bytes of the longest request.
  static let limit = 128
  /// Of a sync: nobody has to wait longer for evidence.
  private static let longestSync: Int64 = 30_000

  /// - Returns: `nil` for anything but one of the three.
  init?(_ line: some StringProtocol) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    switch (words.first, words.count) {
    case ("sync", 2):
      guard let time = decimal(words[1]), (1...Self.longestSync).contains(time) else { return nil }
      self = .sync(milliseconds: time)
    case ("pin", 5):
      guard JournalPins.isCaptureID(words[1]), let from = decimal(words[2]), let to = decimal(words[3]),
        from <= to, let bytes = decimal(words[4])
      else { return nil }
      self = .pin(
        capture: String(words[1]),
        window: TimeWindow(
          from: Timestamp(microseconds: UInt64(from)), to: Timestamp(microseconds: UInt64(to))),
        maximumBytes: Int(bytes))
    case ("release", 2):
      guard JournalPins.isCaptureID(words[1]) else { return nil }
      self = .release(capture: String(words[1]))
    default: return nil
    }
  }

  var line: String {
    switch self {
    case .sync(let milliseconds): "sync \(milliseconds)"
    case .pin(let capture, let window, let bytes):
      "pin \(capture) \(max(0, window.from.microseconds)) \(max(0, window.to.microseconds)) "
        + "\(min(max(0, bytes), 1 << 56))"
    case .release(let capture): "release \(capture)"
    }
  }
}

/// - Returns: `nil` for anything but one to eighteen digits: no sign, no space.
private func decimal(_ text: some StringProtocol) -> Int64? {
  guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
    return nil
  }
  return Int64(text)
}

extension JournalSync {
  var line: String {
    "sync \(word(namespace)) \(outcome.rawValue) \(Int64((seconds * 1000).rounded())) \(hex(detail ?? ""))"
  }

  init?(line: some StringProtocol) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 5, words[0] == "sync", let outcome = Outcome(rawValue: String(words[2])),
      let milliseconds = decimal(words[3]), let detail = text(words[4])
    else { return nil }
    self.init(
      namespace: words[1] == "-" ? "" : String(words[1]), outcome: outcome,
      seconds: Double(milliseconds) / 1000,
      detail: detail.isEmpty ? nil : detail)
  }
}

extension FrozenFile {
  var line: String {
    let link = method == .none ? "" : readPath
    return "file \(method.rawValue) \(device) \(inode) \(bytes) \(hex(header)) \(hex(link)) "
      + "\(hex(refusal ?? "")) \(path)"
  }

  init?(line: some StringProtocol) {
    let words = line.split(separator: " ", maxSplits: 8, omittingEmptySubsequences: false)
    guard words.count == 9, words[0] == "file", let method = FreezeMethod(rawValue: String(words[1])),
      let device = UInt64(words[2]), let inode = UInt64(words[3]), let size = decimal(words[4]),
      let header = decoded(words[5]), let link = text(words[6]), let refusal = text(words[7]),
      !words[8].isEmpty
    else { return nil }
    self.init(
      path: String(words[8]), readPath: link.isEmpty ? String(words[8]) : link, method: method,
      device: device,
      inode: inode, bytes: Int(size), header: header, refusal: refusal.isEmpty ? nil : refusal)
  }
}

extension ReleasedPins {
  var line: String { "released \(files) \(heldBytes)" }

  init?(line: some StringProtocol) {
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count == 3, words[0] == "released", let files = decimal(words[1]),
      let held = decimal(words[2])
    else { return nil }
    self.init(files: Int(files), heldBytes: Int(held))
  }
}

private func word(_ text: String) -> String { text.isEmpty ? "-" : text }

private func hex(_ text: String) -> String { hex(Array(text.utf8)) }

private func hex(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return word(
    String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self))
}

private func decoded(_ hex: some StringProtocol) -> [UInt8]? {
  if hex == "-" { return [] }
  let digits = Array(hex.utf8)
  guard digits.count.isMultiple(of: 2) else { return nil }
  var bytes: [UInt8] = []
  bytes.reserveCapacity(digits.count / 2)
  for index in stride(from: 0, to: digits.count, by: 2) {
    guard let high = Hexadecimal.digit(digits[index]), let low = Hexadecimal.digit(digits[index + 1]) else {
      return nil
    }
    bytes.append(high << 4 | low)
  }
  return bytes
}

private func text(_ hex: some StringProtocol) -> String? {
  decoded(hex).map { String(decoding: $0, as: UTF8.self) }
}
