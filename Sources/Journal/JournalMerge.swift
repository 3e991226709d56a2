internal import Evidence

/// One stream of entries among those that are merged.
protocol JournalSource: AnyObject {
  /// The entry at which the source stands; `nil` at its end.
  var current: JournalEntry? { get }
  /// Of an entry that stands in two files, the one with the lower rank is taken.
  var rank: Int { get }

  /// Steps to the next entry that the query wants.
  /// - Throws: `JournalError` when libsystemd cannot go on at all.
  func advance(_ reader: inout ObjectReader) throws(JournalError)
}

/// Files that libsystemd reads, as one source.
final class LibsystemdSource: JournalSource {
  private var reader: LibsystemdReader
  private(set) var current: JournalEntry?
  let rank = Int.max

  init(_ query: JournalQuery, files: [JournalFile]) throws(JournalError) {
    reader = try LibsystemdReader(query, files: files)
  }

  func advance(_ unused: inout ObjectReader) throws(JournalError) {
    current = try reader.next()
  }

  /// See `LibsystemdReader.forEachField`.
  func forEachField<E: Error>(
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    try reader.forEachField(body)
  }

  var tally: JournalTally { reader.tally }
  /// Whether all was read and libsystemd came to fewer entries than there should be.
  func fellShort(of promised: UInt64) -> Bool { reader.reachedEnd && reader.visited < promised }
}

extension NativeSource: JournalSource {
  var rank: Int { file.index }
}

/// Brings the entries of all files into one order. It belongs to one thread.
struct JournalMerge: ~Copyable {
  /// For the sources, and whoever has this merge.
  var reader: ObjectReader
  let native: [NativeSource]
  let libsystemd: LibsystemdSource?
  /// The sources that are not at their end, but for the leader; the one whose entry comes first is the last.
  private var waiting: [any JournalSource] = []
  /// The source whose entries come first, up to `rival`.
  private var leader: (any JournalSource)?
  private var rival: JournalEntry?

  /// - Throws: `JournalError` when libsystemd cannot open the files that it is to read.
  init(_ plan: JournalPlan) throws(JournalError) {
    var reader = ObjectReader(fieldLimit: plan.query.fieldLimit)
    var sources: [any JournalSource] = []
    var native: [NativeSource] = []
    for file in plan.native {
      let source = NativeSource(file, query: plan.query, reader: &reader)
      source.advance(&reader)
      native.append(source)
      sources.append(source)
    }
    let libsystemd =
      plan.fallback.isEmpty ? nil : try LibsystemdSource(plan.query, files: plan.fallback.map(\.file))
    if let libsystemd {
      try libsystemd.advance(&reader)
      sources.append(libsystemd)
    }
    self.reader = reader
    self.libsystemd = libsystemd
    self.native = native
    for source in sources { put(source) }
  }

  /// Steps to the next entry.
  ///
  /// - Returns: the source that stands at it; `nil` after the last one.
  /// - Throws: `JournalError` when libsystemd cannot go on at all.
  mutating func next() throws(JournalError) -> (any JournalSource)? {
    if let leader {
      if !isAdvanced { try leader.advance(&reader) }
      isAdvanced = false
      // Most files follow one another: as long as the leader is ahead of all others there is nothing to compare.
      if let current = leader.current, rival.map({ current.order(to: $0) < 0 }) ?? true { return leader }
    }
    return try elect()
  }

  /// Steps to the next entry, and takes it and those behind it of the same file at once, where their order is known
  /// without looking at them.
  ///
  /// - Parameters:
  ///   - limit: the most entries to take.
  ///   - body: takes each place.
  /// - Returns: the source that stands at the next entry when it has to be looked at by itself; `nil` when some were
  ///   taken, or there is none.
  /// - Throws: `JournalError` when libsystemd cannot go on at all.
  mutating func nextRun(
    _ limit: Int, _ body: (_ file: Int, _ offset: Int) -> Void
  ) throws(JournalError) -> (any JournalSource)? {
    guard let source = try next() else { return nil }
    guard let native = source as? NativeSource, native.isAhead(of: rival) else { return source }
    native.takeRun(limit, &reader) { body(native.file.index, $0) }
    isAdvanced = true
    return nil
  }

  /// The leader stands at an entry that was not taken yet.
  private var isAdvanced = false

  private mutating func elect() throws(JournalError) -> (any JournalSource)? {
    if let leader { put(leader) }
    leader = waiting.popLast()
    // An entry that stands in two files is one entry.
    while let best = leader?.current, let other = waiting.last, other.current?.order(to: best) == 0 {
      waiting.removeLast()
      try other.advance(&reader)
      put(other)
    }
    rival = waiting.last?.current
    return leader
  }

  /// Puts a source into its place among those that wait; one that is at its end waits for nothing.
  private mutating func put(_ source: any JournalSource) {
    guard let entry = source.current else { return }
    var range = waiting.indices
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      let order = waiting[middle].current?.order(to: entry) ?? 0
      let isBehind = order > 0 || order == 0 && waiting[middle].rank > source.rank
      range = isBehind ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
    }
    waiting.insert(source, at: range.lowerBound)
  }
}
