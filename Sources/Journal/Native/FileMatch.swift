/// The conditions of a query in terms of one file: a field is there once, with a list of the entries that have it, so
/// that neither fields nor other entries have to be read.
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

  enum Listing {
    /// Offsets of the entries that match, in the order of the file.
    case entries([Int])
    /// The list of an object at that offset is damaged.
    case broken(Int)
  }

  /// The entries that match and stand within those bounds, by the lists of their fields: no entry has to be read for
  /// it.
  func entries(in bounds: ClosedRange<Int>, _ file: NativeFile, _ reader: inout ObjectReader) -> Listing {
    if let brokenAt { return .broken(brokenAt) }
    var lists: [Int: [Int]] = [:]
    for term in conditions.joined().joined() where lists[term.offset] == nil {
      let list = EntryList(
        file, head: term.array, inline: term.inline, promised: min(term.entries, file.entries),
        reader: &reader)
      var offsets: [Int] = []
      guard list.brokenAt == nil, list.collect(&offsets, in: bounds, file, &reader) else {
        return .broken(term.offset)
      }
      lists[term.offset] = offsets
    }
    var all: [Int]?
    for alternatives in conditions {
      let found = alternatives.reduce(into: [Int]()) { found, terms in
        found = merge(found, terms.reduce(nil) { intersect($0, lists[$1.offset] ?? []) } ?? [])
      }
      all = intersect(all, found)
    }
    return .entries(all ?? [])
  }

  /// Whether an entry with these fields matches, by the fields themselves. An entry of which a field cannot be read
  /// is in doubt, and counts as a match.
  func matches(
    _ items: borrowing ItemList, _ file: NativeFile, _ reader: inout ObjectReader
  ) -> Bool {
    var offsets: [UInt64: Int] = [:]
    for index in 0..<items.count {
      let item = items[index]
      guard let hash = reader.hash(file, at: item.offset), (item.hash ?? hash) == hash else {
        return true
      }
      offsets[hash] = item.offset
    }
    return wanted.allSatisfy { alternatives in
      alternatives.contains { fields in
        fields.allSatisfy { field in
          offsets[field.hash].map { reader.holds(field.text, hash: field.hash, file, at: $0) } ?? false
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

/// What is in one or the other of two ascending lists.
private func merge(_ left: [Int], _ right: [Int]) -> [Int] {
  if left.isEmpty || right.isEmpty { return left + right }
  var merged: [Int] = []
  merged.reserveCapacity(left.count + right.count)
  var (i, j) = (0, 0)
  while i < left.count && j < right.count {
    merged.append(min(left[i], right[j]))
    let step = (left[i] <= right[j], right[j] <= left[i])
    if step.0 { i += 1 }
    if step.1 { j += 1 }
  }
  return merged + left[i...] + right[j...]
}

/// What is in both of two ascending lists; the right one where there is no left one.
private func intersect(_ left: [Int]?, _ right: [Int]) -> [Int] {
  guard let left else { return right }
  var common: [Int] = []
  var (i, j) = (0, 0)
  while i < left.count && j < right.count {
    if left[i] == right[j] { common.append(left[i]) }
    let step = (left[i] <= right[j], right[j] <= left[i])
    if step.0 { i += 1 }
    if step.1 { j += 1 }
  }
  return common
}
