/// How alike two texts are, much as git measures it for renames (gitdiffcore(7), "diffcore-rename"): the bytes of the lines
/// that both have, as a share of the bytes of the longer text.
struct Similarity {
  private let bytes: Int
  /// Lines by their hash, with bytes and number.
  private let lines: [Int: (bytes: Int, count: Int)]

  init(_ text: [UInt8]) {
    bytes = text.count
    var lines: [Int: (bytes: Int, count: Int)] = [:]
    var rest = text[...]
    while !rest.isEmpty {
      let end = rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? rest.endIndex
      let line = rest[..<end]
      var hasher = Hasher()
      line.withUnsafeBytes { hasher.combine(bytes: $0) }
      lines[hasher.finalize(), default: (line.count, 0)].count += 1
      rest = rest[end...]
    }
    self.lines = lines
  }

  /// From 0 to 100, which two different texts never have.
  func percent(with other: Similarity) -> Int {
    var shared = 0
    for (hash, line) in lines {
      shared += line.bytes * min(line.count, other.lines[hash]?.count ?? 0)
    }
    return shared * 100 / max(bytes, other.bytes, 1)
  }

  static func percent(_ old: [UInt8], _ new: [UInt8]) -> Int {
    old == new ? 100 : min(99, Similarity(old).percent(with: Similarity(new)))
  }
}
