internal import Bundle
internal import Journal
internal import Redaction

/// Renders and compresses the chunks of a reading on threads of their own, and gives out what they become in the order
/// of the journal.
///
/// Chunks go to the threads in turn, and each thread's results come back through a short queue: memory is bounded by
/// the number of threads, and what is written does not depend on it. A thread renders a chunk as if no log stream
/// were in the middle of a private key at its beginning; the rare chunk for which that was wrong is rendered again
/// here, with what is known by then.
struct JournalPipeline: ~Copyable {
  /// What a thread gives back.
  private enum Output: Sendable {
    case block(JournalBlock)
    case end(ChunkReport)
    case failed(BundleError)
  }

  private struct Lane: Sendable {
    let chunks = BoundedChannel<JournalChunk>(capacity: 2)
    let outputs = BoundedChannel<Output>(capacity: 3)
  }

  private let plan: JournalPlan
  private let rendering: JournalRendering
  private let compression: Compression
  private let lanes: [Lane]
  private var planner: ChunkPlanner
  /// Chunks that are with the threads, the next to be given out first.
  private var underWay: [JournalChunk] = []
  private var isPlanned = false
  private var openBlocks = OpenBlocks()

  /// - Throws: `JournalError` when libsystemd cannot open the files that it is to read.
  init(
    _ plan: JournalPlan, _ rendering: JournalRendering, budget: RenderingBudget, compression: Compression,
    threads: Int
  ) throws(JournalError) {
    let planner = try ChunkPlanner(plan, budget: budget)
    self.plan = plan
    self.rendering = rendering
    self.compression = compression
    self.planner = planner
    lanes = (0..<max(1, threads)).map { _ in Lane() }
    for (index, lane) in lanes.enumerated() {
      let (plan, rendering, compression) = (plan, rendering, compression)
      DedicatedThread.start("exh-journal-\(index)") {
        Self.work(lane, ChunkRenderer(plan, rendering), compression)
      }
    }
  }

  deinit {
    for lane in lanes {
      lane.chunks.close()
      lane.outputs.close()
    }
  }

  private static func work(_ lane: Lane, _ renderer: consuming ChunkRenderer, _ compression: Compression) {
    do throws(BundleError) {
      var compressor = try SegmentCompressor(compression)
      while let chunk = lane.chunks.receive() {
        let report = try renderer.render(chunk, after: OpenBlocks()) { (piece) throws(BundleError) in
          lane.outputs.send(.block(try JournalBlock(piece, &compressor)))
        }
        lane.outputs.send(.end(report))
      }
    } catch {
      lane.outputs.send(.failed(error))
    }
  }

  /// Gives out the next chunk.
  ///
  /// - Parameter take: takes the blocks of the chunk.
  /// - Returns: what was seen in it; `nil` after the last one.
  /// - Throws: `JournalError`, `BundleError`, and what `take` throws.
  mutating func next(_ take: (JournalBlock) throws -> Void) throws -> ChunkReport? {
    try feed()
    guard let chunk = underWay.first else { return nil }
    underWay.removeFirst()
    let lane = lanes[chunk.index % lanes.count]
    let isRight = openBlocks.isEmpty
    while let output = lane.outputs.receive() {
      switch output {
      case .block(let block): if isRight { try take(block) }
      case .failed(let error): throw error
      case .end(let report):
        let report = isRight ? report : try renderAgain(chunk, take)
        openBlocks = report.openBlocks
        return report
      }
      try feed()
    }
    return nil
  }

  /// Keeps the threads busy.
  private mutating func feed() throws(JournalError) {
    while !isPlanned && underWay.count < 2 * lanes.count {
      guard let chunk = try planner.next() else {
        isPlanned = true
        return
      }
      underWay.append(chunk)
      lanes[chunk.index % lanes.count].chunks.send(chunk)
    }
  }

  private func renderAgain(
    _ chunk: JournalChunk, _ take: (JournalBlock) throws -> Void
  ) throws -> ChunkReport {
    var compressor = try SegmentCompressor(compression)
    var renderer = ChunkRenderer(plan, rendering)
    return try renderer.render(chunk, after: openBlocks) { piece in try take(JournalBlock(piece, &compressor))
    }
  }

  /// Entries at the beginning that were passed over to keep to the budget.
  var skippedEntries: Int { planner.skippedEntries }

  /// Sums up what was read; see `ChunkPlanner.finish`.
  consuming func coverage(_ tally: JournalTally, artifact: String) -> JournalCoverage {
    planner.coverage(tally, artifact: artifact)
  }
}

/// Lines of the journal, compressed.
struct JournalBlock: Sendable {
  var piece: JournalPiece
  var compressed: CompressedBlock

  init(_ piece: JournalPiece, _ compressor: inout SegmentCompressor) throws(BundleError) {
    self.piece = piece
    compressed = try compressor.compress(piece.lines)
  }
}
