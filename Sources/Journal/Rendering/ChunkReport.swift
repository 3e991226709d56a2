package import Evidence
package import Redaction

/// Lines that were rendered, and what they hold.
package struct JournalPiece: Sendable {
  package var lines: Redacted
  /// Entries among them; the others are contexts.
  package var records = 0
  /// Lines of entries and of contexts.
  package var count = 0
  /// Times of the earliest and of the latest of them.
  package var first: Timestamp?
  package var last: Timestamp?
}

/// What was seen while a chunk was rendered.
package struct ChunkReport: Sendable {
  /// Lines of entries, and of their contexts.
  package var lines = 0
  var records = 0
  /// Entries that were emitted already, and the times of those that were not.
  private var emitted = 0
  private var emittedLines = 0
  private var first: Timestamp?
  private var last: Timestamp?
  package var redactions = RedactionCounts()
  /// Events for the timeline, each with the line of the chunk, from 1 on, that it stands in.
  package var events: [(line: Int, event: TimelineEvent)] = []
  /// The first entry of each boot in the chunk, and its line.
  package var boots: [(line: Int, entry: JournalEntry)] = []
  /// Entries that were left out because they are too long, with their length in bytes.
  package var oversized: [(entry: JournalEntry, bytes: Int)] = []
  package var tally = JournalTally()
  /// Private keys that log streams are in the middle of at the chunk's end.
  package var openBlocks = OpenBlocks()

  /// Makes a piece of the lines that were rendered since the last one.
  mutating func piece(_ lines: Redacted) -> JournalPiece {
    defer { (emitted, emittedLines, first, last) = (records, self.lines, nil, nil) }
    return JournalPiece(
      lines: lines, records: records - emitted, count: self.lines - emittedLines, first: first, last: last)
  }

  mutating func count(_ entry: JournalEntry) {
    records += 1
    let time = entry.time
    first = min(first ?? time, time)
    last = max(last ?? time, time)
    tally.count(entry)
    if boots.last?.entry.bootID != entry.bootID, !boots.contains(where: { $0.entry.bootID == entry.bootID }) {
      boots.append((lines + 1, entry))
    }
  }
}

/// Log streams that are in the middle of a private key: a program that logs one line by line makes an entry of each.
package struct OpenBlocks: Sendable, Equatable {
  /// Streams at a time; beyond that all are forgotten, as no honest host has as many.
  private static let limit = 1024
  /// Chunks without a word of a stream after which it is forgotten: it died within its key.
  private static let patience = 4

  private struct Block: Equatable {
    var state: BlockState
    var chunk: Int
  }

  private var blocks: [StreamKey: Block] = [:]

  package init() {}

  package var isEmpty: Bool { blocks.isEmpty }

  func state(of stream: StreamKey) -> BlockState? { blocks[stream]?.state }

  mutating func set(_ state: BlockState, of stream: StreamKey, chunk: Int) {
    if state.isInPrivateKey {
      if blocks.count >= Self.limit { blocks.removeAll() }
      blocks[stream] = Block(state: state, chunk: chunk)
    } else if !blocks.isEmpty {
      blocks[stream] = nil
    }
  }

  /// Forgets what is over by the end of a chunk.
  mutating func expire(at chunk: Int) {
    guard !blocks.isEmpty else { return }
    blocks = blocks.filter { chunk - $0.value.chunk < Self.patience }
  }
}
