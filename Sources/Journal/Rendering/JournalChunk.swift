internal import Evidence

/// Some thousand consecutive entries of a reading, as one piece of work for a `ChunkRenderer`.
///
/// Where a chunk begins and ends depends on the journal only, never on threads.
package struct JournalChunk: Sendable {
  /// Entries of a chunk at most.
  static let entryLimit = 4096
  /// Bytes of `recordBytes` at which a chunk ends before that.
  static let recordLimit = 4 << 20

  /// 0 for the first one.
  package let index: Int
  /// For each entry its file in the upper 16 bits, and its offset; or `recordMark` and the index of a record.
  private var places: [UInt64] = []
  private var records: [(entry: JournalEntry, fields: Range<Int>)] = []
  private var recordBytes: [UInt8] = []

  private static let recordMark: UInt64 = 0xFFFF

  package var count: Int { places.count }

  /// Where one entry is.
  enum Place {
    case native(file: Int, offset: Int)
    /// Of a file that libsystemd read: its fields stand in the chunk, since nobody can come back for them.
    case record(JournalEntry, fields: Range<Int>)
  }

  /// - Parameter position: below `count`.
  subscript(position: Int) -> Place {
    let place = places[position]
    let low = Int(place & 0xFFFF_FFFF_FFFF)
    guard place >> 48 == Self.recordMark else { return .native(file: Int(place >> 48), offset: low) }
    return .record(records[low].entry, fields: records[low].fields)
  }

  /// Where the entry is in that file; `nil` when it is elsewhere.
  @inline(__always)
  func offset(at position: Int, inFile file: Int) -> Int? {
    let place = places[position]
    return place >> 48 == UInt64(file) && place >> 48 != Self.recordMark ? Int(place & 0xFFFF_FFFF_FFFF) : nil
  }

  init(index: Int) {
    self.index = index
    places.reserveCapacity(Self.entryLimit)
  }

  var isFull: Bool { places.count >= Self.entryLimit || recordBytes.count >= Self.recordLimit }

  mutating func append(file: Int, offset: Int) {
    places.append(UInt64(file) << 48 | UInt64(offset))
  }

  mutating func append(_ entry: JournalEntry, from source: LibsystemdSource) {
    let start = recordBytes.count
    source.forEachField { name, value in
      withUnsafeBytes(of: (UInt32(clamping: name.count), UInt32(clamping: value.count))) {
        recordBytes.append(contentsOf: $0)
      }
      recordBytes.append(contentsOf: name)
      recordBytes.append(contentsOf: value)
    }
    places.append(Self.recordMark << 48 | UInt64(records.count))
    records.append((entry, start..<recordBytes.count))
  }

  /// Lends the fields of a record.
  func forEachField(
    in range: Range<Int>, _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void
  ) {
    recordBytes.withUnsafeBytes { bytes in
      var place = range.lowerBound
      while place < range.upperBound {
        let name = place + 8
        let value = name + Int(bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
        let end = value + Int(bytes.loadUnaligned(fromByteOffset: place + 4, as: UInt32.self))
        body(
          UnsafeRawBufferPointer(rebasing: bytes[name..<value]),
          UnsafeRawBufferPointer(rebasing: bytes[value..<end]))
        place = end
      }
    }
  }
}

/// Cuts a reading into chunks, in the order of the entries. It belongs to one thread.
package struct ChunkPlanner: ~Copyable {
  package let plan: JournalPlan
  private var merge: JournalMerge
  private var index = 0
  private var isAtEnd = false
  /// Chunks at the beginning that are passed over.
  private let skipped: Int
  /// Entries in them, so far.
  package private(set) var skippedEntries = 0

  /// - Parameters:
  ///   - plan: of the reading.
  ///   - budget: bytes that the rendered entries may have; the oldest ones beyond it are passed over. `nil` for all.
  /// - Throws: `JournalError` when libsystemd cannot open the files that it is to read.
  package init(_ plan: JournalPlan, budget: RenderingBudget? = nil) throws(JournalError) {
    let skipped = try budget?.chunksToSkip(plan) ?? 0
    let merge = try JournalMerge(plan)
    self.skipped = skipped
    self.plan = plan
    self.merge = merge
  }

  /// - Returns: `nil` after the last chunk.
  /// - Throws: `JournalError` when libsystemd, where it has to help, cannot go on at all.
  package mutating func next() throws(JournalError) -> JournalChunk? {
    while index < skipped, let chunk = try plannedChunk() { skippedEntries += chunk.count }
    return try plannedChunk()
  }

  private mutating func plannedChunk() throws(JournalError) -> JournalChunk? {
    guard !isAtEnd else { return nil }
    var chunk = JournalChunk(index: index)
    while !chunk.isFull {
      let count = chunk.count
      guard
        let source = try merge.nextRun(
          JournalChunk.entryLimit - count, { chunk.append(file: $0, offset: $1) })
      else {
        if chunk.count > count { continue }
        isAtEnd = true
        break
      }
      if let native = source as? NativeSource {
        chunk.append(file: native.file.index, offset: native.currentOffset)
      } else if let libsystemd = merge.libsystemd, let entry = libsystemd.current {
        chunk.append(entry, from: libsystemd)
      }
    }
    index += 1
    return chunk.count > 0 ? chunk : nil
  }

  /// Sums up the reading, as far as it came.
  ///
  /// - Parameters:
  ///   - tally: of all chunks that were rendered.
  ///   - artifact: path in the bundle of the artifact that the entries went into.
  /// - Returns: what was read and what is missing.
  package func coverage(_ tally: JournalTally, artifact: String) -> JournalCoverage {
    let findings = merge.findings(of: plan)
    var tally = tally
    tally.add(findings.tally)
    return JournalCoverage(plan, findings: findings, tally: tally, artifact: artifact)
  }
}
