internal import Evidence

/// The entries of one file that a query wants, in the order in which they were written.
///
/// It belongs to one thread.
final class NativeSource {
  let file: NativeFile
  private let query: JournalQuery
  private let match: FileMatch?
  private let list: EntryList
  /// Places in `list`, or in `candidates`, that are still to be looked at.
  private var position: Int
  private var end: Int
  private let candidates: [Int]?
  private var offsets: [Int] = []
  private var nextOffset = 0
  private var lastOffset = 0
  private var items = ScratchList<ObjectReader.Item>()
  private var salvage: ObjectWalk?

  /// The entry at which the source stands; `nil` at its end.
  private(set) var current: JournalEntry?
  private(set) var currentOffset = 0
  private(set) var damage = FileDamage()

  init(_ file: NativeFile, query: JournalQuery, reader: inout ObjectReader) {
    self.file = file
    self.query = query
    let matches = query.matches
    match = matches.isEmpty ? nil : FileMatch(matches, file, &reader)
    list = EntryList(file, head: file.entryArray, promised: file.entries, reader: &reader)
    if match?.isImpossible == true {
      candidates = []
    } else {
      candidates = match?.candidates(among: list.count).map {
        Self.merge($0, in: file, reader: &reader)
      }
    }
    if let candidates {
      (position, end) = (0, candidates.count)
    } else {
      let range = WindowSearch.places(of: query.window, in: list, file, &reader)
      (position, end) = (range.lowerBound, range.upperBound)
    }
  }

  /// The offsets of all entries of some fields, in the order of the file, each once.
  private static func merge(
    _ terms: [FileMatch.Term], in file: NativeFile, reader: inout ObjectReader
  ) -> [Int] {
    var all: [Int] = []
    for term in terms {
      let list = EntryList(
        file, head: term.array, inline: term.inline, promised: min(term.entries, file.entries),
        reader: &reader)
      var offsets: [Int] = []
      var index = 0
      while index < list.count {
        list.fill(&offsets, from: index, to: list.count, file, &reader)
        guard !offsets.isEmpty else { break }
        all += offsets
        index += offsets.count
      }
    }
    all.sort()
    var last = 0
    all.removeAll { offset in
      defer { last = offset }
      return offset == last
    }
    return all
  }

  /// Steps to the next entry that the query wants.
  func advance(_ reader: inout ObjectReader) {
    while let offset = takeOffset(&reader) {
      guard offset > lastOffset, let entry = reader.entry(file, at: offset) else {
        damage.lostEntry(at: offset, sequence: lastSequence)
        continue
      }
      lastOffset = offset
      lastSequence = entry.sequenceNumber
      damage.visited += 1
      guard query.window.contains(entry.time) else { continue }
      if let match {
        guard reader.items(file, at: offset, into: &items) else {
          damage.lostEntry(at: offset, sequence: lastSequence)
          continue
        }
        guard match.matches(items) else { continue }
      }
      (current, currentOffset) = (entry, offset)
      return
    }
    current = nil
  }

  private var lastSequence: UInt64 = 0

  /// Takes the places of the current entry and of those behind it without looking at them: for a reader that compares
  /// them with the window itself. Then it steps on.
  ///
  /// - Parameters:
  ///   - limit: the most places to take.
  ///   - reader: of the calling thread.
  ///   - body: takes each place.
  func takeRun(_ limit: Int, _ reader: inout ObjectReader, _ body: (Int) -> Void) {
    body(currentOffset)
    var taken = 1
    while taken < limit, let offset = takeOffset(&reader) {
      guard offset > lastOffset else {
        damage.lostEntry(at: offset, sequence: lastSequence)
        continue
      }
      lastOffset = offset
      damage.visited += 1
      taken += 1
      body(offset)
    }
    advance(&reader)
  }

  /// Whether every entry that the file still has, and that lies in the window, is wanted and comes before `rival`.
  func isAhead(of rival: JournalEntry?) -> Bool {
    guard match == nil else { return false }
    guard let rival else { return true }
    return rival.sequenceID == file.sequenceID && rival.sequenceNumber > file.tailSequenceNumber
  }

  /// The place of the next entry to look at.
  private func takeOffset(_ reader: inout ObjectReader) -> Int? {
    if let candidates {
      guard position < end else { return nil }
      position += 1
      return candidates[position - 1]
    }
    if nextOffset == offsets.count, position < end {
      list.fill(&offsets, from: position, to: end, file, &reader)
      nextOffset = 0
      position += offsets.count
      if offsets.isEmpty { end = position }
    }
    guard nextOffset < offsets.count else { return salvageOffset(&reader) }
    nextOffset += 1
    return offsets[nextOffset - 1]
  }

  /// Entries behind the place where the list of entries broke: they stand in the file all the same, one object
  /// after the other.
  private func salvageOffset(_ reader: inout ObjectReader) -> Int? {
    guard list.brokenAt != nil, candidates == nil else { return nil }
    if salvage == nil {
      salvage = ObjectWalk(from: max(lastOffset, file.headerSize))
      damage.brokenListAt = list.brokenAt
    }
    return salvage?.nextEntry(after: lastOffset, file, &reader)
  }
}

/// What of a file could not be read.
struct FileDamage: Equatable {
  /// Entries that were looked at.
  var visited = 0
  /// Entries of the list that are none.
  private(set) var lostEntries = 0
  /// Where the first of them should be, and after which sequence number.
  private(set) var firstLost: Int?
  private(set) var lastLost: Int?
  private(set) var firstLostAfter: UInt64 = 0
  /// Offset of the array where the list of entries broke.
  var brokenListAt: Int?
  /// The file is shorter than its header says.
  var isTruncated = false

  var isAny: Bool { lostEntries > 0 || brokenListAt != nil || isTruncated }

  mutating func lostEntry(at offset: Int, sequence: UInt64) {
    lostEntries += 1
    lastLost = offset
    if firstLost == nil { (firstLost, firstLostAfter) = (offset, sequence) }
  }
}
