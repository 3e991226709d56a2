internal import Evidence

/// The entries of one file that a query wants, in the order in which they were written.
///
/// They are found by the lists of the file. As soon as one of the lists shows damage, the objects of the file are
/// walked beside it from there on, and what either of them finds is given: what was written stands in the file,
/// whether a list leads to it or not.
///
/// It belongs to one thread.
final class NativeSource {
  let file: NativeFile
  private let query: JournalQuery
  private let match: FileMatch?
  private let list: EntryList
  /// Places in `list`, or in `candidates`, that are still to be looked at.
  private var position: Int
  private let end: Int
  private let candidates: [Int]?
  private var offsets: [Int] = []
  private var nextOffset = 0
  private var items = ItemList()

  /// The entry that was looked at last, and where the lists are.
  private var last = Place(offset: 0, entry: nil)
  private var lastListed = 0
  /// The next ones that the lists and the walk have found.
  private var listed: Place?
  private var walked: Place?
  private var walk: ObjectWalk?
  /// Entries that begin inside of the one before; only damaged files have such.
  private var overlaps = 0
  private var lastEnd = 0

  /// The entry at which the source stands; `nil` at its end.
  private(set) var current: JournalEntry?
  private(set) var currentOffset = 0
  private(set) var damage = FileDamage()

  private struct Place {
    var offset: Int
    var entry: JournalEntry?
    /// A list leads to it.
    var isListed = false
  }

  /// An entry that overlaps the one before is read all the same, as its size may be what was damaged; a file in
  /// which many do is made to keep a reader busy.
  private static let overlapLimit = 1024

  init(_ file: NativeFile, query: JournalQuery, reader: inout ObjectReader) {
    self.file = file
    self.query = query
    let matches = query.matches
    let match = matches.isEmpty ? nil : FileMatch(matches, file, &reader)
    let list = EntryList(file, head: file.entryArray, promised: file.entries, reader: &reader)
    let isShort = Self.isShort(list, file, &reader)
    let isWhole = !isShort && list.brokenAt == nil
    var candidates: [Int]?
    var range = 0..<list.count
    if isWhole && match?.isImpossible == true {
      candidates = []
    } else if isWhole {
      range = WindowSearch.places(of: query.window, in: list, file, &reader)
      switch match.map({ Self.candidates($0, of: range, in: list, file, &reader) }) {
      case .entries(let offsets): candidates = offsets
      case .broken(let offset): damage.brokenIndexAt = offset
      case nil: break
      }
    }
    (position, end) = candidates.map { (0, $0.count) } ?? (range.lowerBound, range.upperBound)
    (self.match, self.list, self.candidates) = (match, list, candidates)
    damage.brokenListAt = list.brokenAt
    if isShort || list.brokenAt != nil { walk = ObjectWalk(from: file.headerSize) }
  }

  /// Whether the file's header knows of entries behind the end of the list. A file that is written on may have one
  /// of them at any time, so this is for the others.
  private static func isShort(_ list: EntryList, _ file: NativeFile, _ reader: inout ObjectReader) -> Bool {
    guard !file.isOnline, file.headSequenceNumber > 0, file.isListWhole else { return false }
    guard list.count > 0 else { return true }
    guard let offset = list.offset(at: list.count - 1, file, &reader),
      let entry = reader.entry(file, at: offset)
    else { return false }
    return entry.sequenceNumber < file.tailSequenceNumber
  }

  /// The entries of that part of the list that match.
  private static func candidates(
    _ match: FileMatch, of range: Range<Int>, in list: EntryList, _ file: NativeFile,
    _ reader: inout ObjectReader
  ) -> FileMatch.Listing {
    guard !range.isEmpty else { return .entries([]) }
    guard let first = list.offset(at: range.lowerBound, file, &reader),
      let last = list.offset(at: range.upperBound - 1, file, &reader), first <= last,
      reader.entry(file, at: first) != nil, reader.entry(file, at: last) != nil
    else { return .broken(file.entryArray) }
    return match.entries(in: first...last, file, &reader)
  }

  /// Steps to the next entry that the query wants.
  func advance(_ reader: inout ObjectReader) {
    while let place = take(&reader), let entry = place.entry {
      last = place
      damage.visited += 1
      guard query.window.contains(entry.time) else { continue }
      if let match, candidates == nil || !place.isListed {
        guard reader.items(file, at: place.offset, into: &items) else {
          damage.lostEntry(at: place.offset, sequence: entry.sequenceNumber)
          continue
        }
        guard match.matches(items, file, &reader) else { continue }
      }
      (current, currentOffset) = (entry, place.offset)
      return
    }
    current = nil
  }

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
    while taken < limit, walk == nil, let offset = takeOffset(&reader) {
      guard isInOrder(offset) else {
        lose(at: offset)
        continue
      }
      lastListed = offset
      last = Place(offset: offset, entry: last.entry)
      damage.visited += 1
      taken += 1
      body(offset)
    }
    advance(&reader)
  }

  /// Whether every entry that the file still has, and that lies in the window, is wanted and comes before `rival`.
  func isAhead(of rival: JournalEntry?) -> Bool {
    guard match == nil, walk == nil else { return false }
    guard let rival else { return true }
    return rival.sequenceID == file.sequenceID && rival.sequenceNumber > file.tailSequenceNumber
  }

  /// Entries are listed in the order in which they stand in the file: a place that is out of order, one way or the
  /// other, is damaged. Were a too large one believed, all between would be lost with it.
  private func isInOrder(_ offset: Int) -> Bool {
    guard offset > lastListed else { return false }
    guard nextOffset < offsets.count, offsets[nextOffset] > lastListed else { return true }
    return offset < offsets[nextOffset]
  }

  /// The next entry that the lists or the walk lead to.
  private func take(_ reader: inout ObjectReader) -> Place? {
    if listed == nil { listed = takeListed(&reader) }
    guard walk != nil else {
      defer { listed = nil }
      return listed
    }
    if walked == nil, let offset = walk?.nextEntry(after: last.offset, file, &reader) {
      walked = reader.entry(file, at: offset).map { Place(offset: offset, entry: $0) }
    }
    guard let found = walked else {
      defer { listed = nil }
      return listed
    }
    guard let known = listed, known.offset <= found.offset else {
      walked = nil
      damage.unlisted += 1
      return found
    }
    listed = nil
    if known.offset == found.offset { walked = nil }
    return known
  }

  /// The next entry of the lists. Places that lead to none are passed over, and are what starts the walk.
  private func takeListed(_ reader: inout ObjectReader) -> Place? {
    while let offset = takeOffset(&reader) {
      guard isInOrder(offset), overlaps < Self.overlapLimit,
        let found = reader.sizedEntry(file, at: offset)
      else {
        lose(at: offset)
        continue
      }
      if offset < lastEnd { overlaps += 1 }
      lastEnd = offset &+ found.size
      lastListed = offset
      return Place(offset: offset, entry: found.entry, isListed: true)
    }
    return nil
  }

  private func lose(at offset: Int, count: Int = 1) {
    damage.lostEntry(at: offset, sequence: last.entry?.sequenceNumber ?? 0, count: count)
    if walk == nil && overlaps < Self.overlapLimit {
      walk = ObjectWalk(from: max(last.offset, file.headerSize))
    }
  }

  /// The place of the next entry to look at, as it is listed.
  private func takeOffset(_ reader: inout ObjectReader) -> Int? {
    if let candidates {
      guard position < end else { return nil }
      position += 1
      return candidates[position - 1]
    }
    if nextOffset == offsets.count, position < end {
      list.fill(&offsets, from: position, to: end, file, &reader)
      nextOffset = 0
      if offsets.isEmpty { lose(at: lastListed, count: end - position) }
      position = offsets.isEmpty ? end : position + offsets.count
    }
    guard nextOffset < offsets.count else { return nil }
    nextOffset += 1
    return offsets[nextOffset - 1]
  }
}
