internal import FoundationEssentials

/// Finds renames among the changes of a window: a file that went, and one that came.
///
/// They are one where they are the same file by its identity, whatever was written into it; where their contents are equal;
/// and where they are alike, as git does it, within bounds. Empty files, and files whose content was not read, are no
/// evidence of anything but by identity, and symlinks to one target are many.
struct Renames {
  /// Percent; git's own default.
  private static let leastSimilarity = 50
  /// Pairs of files that are compared line by line, and bytes of contents that are read for it.
  private static let maximumPairs = 10_000
  private static let maximumBytes = 16 << 20

  private let changes: [PathChange]
  private var result: [ConfigChange?]
  private var texts: [Data: Similarity] = [:]
  private var bytesLeft = maximumBytes

  typealias ContentReader = (_ sha256: Data) throws(ConfigHistoryError) -> [UInt8]?

  /// - Parameter changes: in byte order of their paths.
  init(_ changes: [PathChange]) {
    self.changes = changes
    result = changes.map(\.change)
  }

  /// - Returns: the same without the deletions that are a rename's old end.
  mutating func paired(_ content: ContentReader) throws(ConfigHistoryError) -> [ConfigChange] {
    guard !places(.deleted).isEmpty, !places(.created).isEmpty else { return result.compactMap(\.self) }
    pair {
      [$0.identities.last].compactMap(\.self)
    } new: {
      $0.identities
    }
    // A folder that was renamed has many: the same name says which is which among files of one content.
    for isNamed in [true, false] {
      pair {
        Self.key($0.change, $0.change.before, isNamed)
      } new: {
        Self.key($0.change, $0.change.after, isNamed)
      }
    }
    try pairSimilar(content)
    for place in result.indices {
      guard let change = result[place], change.isEdited else { continue }
      let percent = try similarity(change.before, change.after, content)
      result[place]?.similarity = percent ?? 0
    }
    return result.compactMap(\.self)
  }

  private struct Key: Hashable {
    var hash: String
    var name: [UInt8]?
  }

  private static func key(_ change: ConfigChange, _ state: FileState?, _ isNamed: Bool) -> [Key] {
    guard let state, state.type == .file, state.size > 0, let hash = state.keyedHash else { return [] }
    return [Key(hash: hash, name: isNamed ? change.name : nil)]
  }

  private func places(_ kind: ConfigChange.Kind) -> [Int] {
    result.indices.filter { result[$0]?.kind == kind }
  }

  /// Pairs what has a key in common.
  private mutating func pair<K: Hashable>(old: (PathChange) -> [K], new: (PathChange) -> [K]) {
    var gone: [K: [Int]] = [:]
    for place in places(.deleted).reversed() {
      for key in old(changes[place]) { gone[key, default: []].append(place) }
    }
    guard !gone.isEmpty else { return }
    for place in places(.created) {
      for key in new(changes[place]) {
        guard let old = gone[key]?.popLast() else { continue }
        join(old, place)
        break
      }
    }
  }

  private mutating func join(_ old: Int, _ new: Int) {
    result[new] = changes[new].change.renamed(from: changes[old].change)
    result[old] = nil
  }

  /// The most alike first; of equally alike ones those of one name, and then the first ones.
  private mutating func pairSimilar(_ content: ContentReader) throws(ConfigHistoryError) {
    var pairs: [(old: Int, new: Int, percent: Int, isNamed: Bool)] = []
    var left = Self.maximumPairs
    let gone = places(.deleted)
    for new in places(.created) {
      for old in gone where Self.mayBeAlike(changes[old].change.before, changes[new].change.after) {
        guard left > 0 else { break }
        left -= 1
        let percent = try similarity(changes[old].change.before, changes[new].change.after, content)
        guard let percent, percent >= Self.leastSimilarity else { continue }
        pairs.append((old, new, percent, changes[old].change.name == changes[new].change.name))
      }
    }
    pairs.sort {
      ($1.percent, $1.isNamed ? 1 : 0, $0.new, $0.old) < ($0.percent, $0.isNamed ? 1 : 0, $1.new, $1.old)
    }
    for pair in pairs where result[pair.old]?.kind == .deleted && result[pair.new]?.kind == .created {
      join(pair.old, pair.new)
    }
  }

  /// By size: the lines that both have cannot be more than the smaller one has.
  private static func mayBeAlike(_ old: FileState?, _ new: FileState?) -> Bool {
    guard let old, let new, old.content == .stored, new.content == .stored, old.size > 0 else { return false }
    return min(old.size, new.size) >= max(old.size, new.size) / 100 * Int64(leastSimilarity)
  }

  /// - Returns: `nil` where a content is not kept, or too much was read already.
  private mutating func similarity(
    _ old: FileState?, _ new: FileState?, _ content: ContentReader
  ) throws(ConfigHistoryError) -> Int? {
    guard let old = try text(old, content), let new = try text(new, content) else { return nil }
    return min(99, old.percent(with: new))
  }

  private mutating func text(
    _ state: FileState?, _ content: ContentReader
  ) throws(ConfigHistoryError) -> Similarity? {
    guard let state, state.content == .stored, let sha256 = state.sha256.flatMap(Data.init(hexadecimal:))
    else {
      return nil
    }
    if let text = texts[sha256] { return text }
    guard bytesLeft > 0, let bytes = try content(sha256) else { return nil }
    bytesLeft -= bytes.count
    let text = Similarity(bytes)
    texts[sha256] = text
    return text
  }
}

extension ConfigChange {
  fileprivate var name: [UInt8] { PathBytes.split(rawPath).name }

  /// Whether it was renamed and has another content.
  fileprivate var isEdited: Bool { kind == .renamed && before?.keyedHash != after?.keyedHash }

  fileprivate func renamed(from old: ConfigChange) -> ConfigChange {
    var change = self
    change.kind = .renamed
    change.previousPath = old.path
    change.previousPathIsEscaped = old.pathIsEscaped ? true : nil
    change.previousSeenAt = old.previousSeenAt
    change.before = old.before
    return change
  }
}
