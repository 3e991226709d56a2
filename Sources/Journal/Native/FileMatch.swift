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

  /// For each condition its alternatives that can hold in this file.
  private let conditions: [[[Term]]]

  /// No entry of the file can match.
  var isImpossible: Bool { conditions.contains { $0.isEmpty } }

  init(_ matches: [JournalMatch], _ file: NativeFile, _ reader: inout ObjectReader) {
    var conditions: [[[Term]]] = []
    for match in matches {
      var possible: [[Term]] = []
      for alternative in match.alternatives {
        var terms: [Term] = []
        for field in alternative {
          guard let term = Self.find(field, file, &reader) else { break }
          terms.append(term)
        }
        if terms.count == alternative.count { possible.append(terms) }
      }
      conditions.append(possible)
    }
    self.conditions = conditions
  }

  /// Whether an entry with these fields matches.
  func matches(_ items: borrowing ScratchList<ObjectReader.Item>) -> Bool {
    let items = items.all
    return conditions.allSatisfy { alternatives in
      alternatives.contains { terms in
        terms.allSatisfy { term in items.contains { $0.offset == term.offset } }
      }
    }
  }

  /// The lists of entries which together hold all that can match, where that is much less than the file;
  /// `nil` when walking the file is no more work.
  func candidates(among entries: Int) -> [Term]? {
    let lists = conditions.map { alternatives in
      alternatives.compactMap { terms in terms.min { $0.entries < $1.entries } }
    }
    func cost(_ list: [Term]) -> Int { list.reduce(0) { $0 + $1.entries } }
    guard let best = lists.min(by: { cost($0) < cost($1) }), cost(best) < entries / 2 else { return nil }
    return best
  }

  /// Looks a field up in the file's hash table; chains grow forward, so an offset that does not is damage.
  private static func find(_ field: String, _ file: NativeFile, _ reader: inout ObjectReader) -> Term? {
    let text = Array(field.utf8)
    let hash = text.withUnsafeBytes {
      file.flags.contains(.keyedHash) ? DataHash.sip($0, key: file.fileID) : DataHash.jenkins($0)
    }
    let buckets = file.dataHashTable.count / JournalFormat.hashItem
    guard buckets > 0,
      let bucket = reader.bytes(
        file, at: file.dataHashTable.lowerBound + Int(hash % UInt64(buckets)) * JournalFormat.hashItem,
        count: 8)
    else { return nil }
    var offset = Int(truncatingIfNeeded: bucket.le64(0))
    var last = 0
    while offset > last {
      guard let head = reader.object(file, at: offset, type: .data, count: file.payloadOffset) else {
        return nil
      }
      let next = Int(truncatingIfNeeded: head.le64(24))
      if head.le64(16) == hash {
        let term = Term(
          offset: offset, entries: Int(clamping: head.le64(56)),
          inline: Int(truncatingIfNeeded: head.le64(40)),
          array: Int(truncatingIfNeeded: head.le64(48)))
        let found = reader.field(file, ObjectReader.Item(offset: offset))
        if found?.payload.elementsEqual(text) == true { return term }
      }
      (last, offset) = (offset, next)
    }
    return nil
  }
}
