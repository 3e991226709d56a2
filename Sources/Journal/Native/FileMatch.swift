/// The conditions of a query in terms of one file: a field is there once, and entries refer to it by its offset, so
/// that no field has to be read to compare it.
struct FileMatch {
  /// A field of the conditions that the file has.
  struct Term {
    var offset: Int
    /// Entries that have it, and where they are listed.
    var entries: Int
    var inline: Int
    var array: Int
  }

  /// A field as the conditions have it.
  private struct Wanted {
    var text: [UInt8]
    var hash: UInt64
  }

  /// For each condition its alternatives that can hold in this file.
  private let conditions: [[[Term]]]
  /// All of them, for the case that the index cannot be trusted.
  private let wanted: [[[Wanted]]]
  /// Offset of the object at which looking for a field ended in damage; `nil` when all were found, or are not there.
  let brokenAt: Int?

  /// No entry of the file can match.
  var isImpossible: Bool { brokenAt == nil && conditions.contains { $0.isEmpty } }

  init(_ matches: [JournalMatch], _ file: NativeFile, _ reader: inout ObjectReader) {
    wanted = matches.map { match in
      match.alternatives.map { $0.map { Self.wanted($0, file) } }
    }
    var brokenAt: Int?
    var conditions: [[[Term]]] = []
    for alternatives in wanted {
      var possible: [[Term]] = []
      for alternative in alternatives {
        var terms: [Term] = []
        for field in alternative {
          switch Self.find(field, file, &reader) {
          case .found(let term): terms.append(term)
          case .broken(let offset): brokenAt = brokenAt ?? offset
          case .absent: break
          }
        }
        if terms.count == alternative.count { possible.append(terms) }
      }
      conditions.append(possible)
    }
    self.conditions = conditions
    self.brokenAt = brokenAt
  }

  /// Whether an entry with these fields matches.
  func matches(_ items: [ObjectReader.Item], _ file: NativeFile, _ reader: inout ObjectReader) -> Bool {
    if brokenAt != nil { return matchesByContent(items, file, &reader) }
    return conditions.allSatisfy { alternatives in
      alternatives.contains { terms in
        terms.allSatisfy { term in items.contains { $0.offset == term.offset } }
      }
    }
  }

  /// The lists of entries which together hold all that can match, where that is much less than what the window
  /// leaves; `nil` when walking that is no more work.
  ///
  /// - Parameters:
  ///   - part: entries that the window leaves.
  ///   - all: entries of the file.
  func candidates(among part: Int, of all: Int) -> [Term]? {
    guard brokenAt == nil else { return nil }
    let lists = conditions.map { alternatives in
      alternatives.compactMap { terms in terms.min { $0.entries < $1.entries } }
    }
    func cost(_ list: [Term]) -> Int {
      list.reduce(0) { $0.addingReportingOverflow($1.entries).partialValue }
    }
    guard let best = lists.min(by: { cost($0) < cost($1) }) else { return nil }
    // A list is read whole, four bytes an entry; an entry that is looked at costs some hundred.
    return (0..<all / 2).contains(cost(best)) && cost(best) / 32 < part ? best : nil
  }

  private func matchesByContent(
    _ items: [ObjectReader.Item], _ file: NativeFile, _ reader: inout ObjectReader
  ) -> Bool {
    var hashes: [UInt64: Int] = [:]
    for item in items {
      if let hash = reader.hash(file, at: item.offset) { hashes[hash] = item.offset }
    }
    return wanted.allSatisfy { alternatives in
      alternatives.contains { fields in
        fields.allSatisfy { field in
          hashes[field.hash].map { reader.holds(field.text, hash: field.hash, file, at: $0) } ?? false
        }
      }
    }
  }

  private enum Finding {
    case found(Term)
    case absent
    case broken(Int)
  }

  private static func wanted(_ field: String, _ file: NativeFile) -> Wanted {
    let text = Array(field.utf8)
    let hash = text.withUnsafeBytes {
      file.flags.contains(.keyedHash) ? DataHash.sip($0, key: file.fileID) : DataHash.jenkins($0)
    }
    return Wanted(text: text, hash: hash)
  }

  /// Looks a field up in the file's hash table; chains grow forward, so an offset that does not is damage.
  private static func find(_ field: Wanted, _ file: NativeFile, _ reader: inout ObjectReader) -> Finding {
    let buckets = file.dataHashTable.count / JournalFormat.hashItem
    guard buckets > 0,
      let bucket = reader.bytes(
        file,
        at: file.dataHashTable.lowerBound + Int(field.hash % UInt64(buckets)) * JournalFormat.hashItem,
        count: 8)
    else { return .broken(file.dataHashTable.lowerBound) }
    var offset = Int(truncatingIfNeeded: bucket.le64(0))
    var last = 0
    while offset != 0 {
      // Written since the file was opened, by entries that are not read.
      if file.isOnline && offset > file.tailObject { return .absent }
      guard offset > last, let head = reader.object(file, at: offset, type: .data, count: file.payloadOffset)
      else { return .broken(offset) }
      let term = Term(
        offset: offset, entries: Int(clamping: head.le64(56)),
        inline: Int(truncatingIfNeeded: head.le64(40)), array: Int(truncatingIfNeeded: head.le64(48)))
      (last, offset) = (offset, Int(truncatingIfNeeded: head.le64(24)))
      if reader.holds(field.text, hash: field.hash, file, at: last) { return .found(term) }
    }
    return .absent
  }
}
