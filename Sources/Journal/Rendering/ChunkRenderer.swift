internal import Evidence
package import Redaction

/// How the entries of a reading are rendered.
package struct JournalRendering: Sendable {
  package var form: JournalForm
  /// `nil` writes fields as they are: for the eyes of who may read the journal anyway.
  package var redactor: Redactor?
  /// Bytes of memory for fields that were rendered already, for one renderer.
  package var cacheBytes: Int
  /// Bytes of one entry; longer ones are left out and named.
  package var entryLimit: Int

  package init(form: JournalForm, redactor: Redactor?, cacheBytes: Int = 16 << 20, entryLimit: Int = 32 << 20)
  {
    self.form = form
    self.redactor = redactor
    self.cacheBytes = cacheBytes
    self.entryLimit = entryLimit
  }
}

/// Renders chunks of a reading: each distinct field is read, redacted and rendered once, and then copied.
///
/// It belongs to one thread; several may work on the chunks of one reading. What is written of a chunk depends on
/// the chunk and on `OpenBlocks` only.
package struct ChunkRenderer: ~Copyable {
  /// Bytes that are emitted at a time, or a little more: whole lines.
  package static let pieceLength = 1 << 20

  private let plan: JournalPlan
  private let rendering: JournalRendering
  private let fields: JournalFields
  private var reader: ObjectReader
  private var renderer: FieldRenderer
  private var cache: FragmentCache
  private var careful: CarefulRenderer
  private var header: EntryHeaderWriter
  private var contexts = JournalContexts()
  /// What was redacted in fragments of the cache.
  private var redactions: [RedactionCounts] = []
  private static let redactionLimit = 65_536

  private var items = ScratchList<ObjectReader.Item>()
  private var fragments = ScratchList<Fragment>()
  /// Fields of the current entry that are not kept.
  private var ownBytes = ByteBuffer(capacity: 64 << 10)
  private var ownRedactions: [RedactionCounts] = []
  private var field: [UInt8] = []
  private var output = ByteBuffer(capacity: Self.pieceLength + Self.pieceLength / 4)
  private var entryNumber: UInt64 = 0
  private var report = ChunkReport()

  package init(_ plan: JournalPlan, _ rendering: JournalRendering) {
    self.plan = plan
    self.rendering = rendering
    if case .json(let fields) = rendering.form { self.fields = fields } else { fields = .all }
    reader = ObjectReader(fieldLimit: plan.query.fieldLimit)
    renderer = FieldRenderer(form: rendering.form, redactor: rendering.redactor)
    cache = FragmentCache(bytes: rendering.cacheBytes)
    careful = CarefulRenderer(rendering)
    header = EntryHeaderWriter(form: rendering.form)
  }

  /// Renders one chunk.
  ///
  /// - Parameters:
  ///   - chunk: of the plan's reading.
  ///   - openBlocks: what the chunk before ended with.
  ///   - emit: takes whole lines, some `pieceLength` bytes at a time.
  /// - Returns: what was seen on the way.
  /// - Throws: what `emit` throws.
  package mutating func render<E: Error>(
    _ chunk: JournalChunk, after openBlocks: OpenBlocks, emit: (JournalPiece) throws(E) -> Void
  ) throws(E) -> ChunkReport {
    report = ChunkReport()
    contexts.removeAll(chunk: chunk.index)
    careful.begin(chunk: chunk.index, openBlocks)
    output.removeAll()
    for position in 0..<chunk.count {
      switch chunk[position] {
      case .native(let file, let offset): render(plan.native[file], at: offset)
      case .record(let entry, let range): render(entry, of: chunk, range)
      }
      if output.count >= Self.pieceLength { try flush(emit) }
    }
    if output.count > 0 { try flush(emit) }
    reader.shrink()
    report.openBlocks = careful.endChunk()
    return report
  }

  private mutating func flush<E: Error>(_ emit: (JournalPiece) throws(E) -> Void) throws(E) {
    let piece = [UInt8](output.bytes)
    output.removeAll()
    try emit(report.piece(Redacted(assembling: piece)))
  }

  /// Renders an entry of a file that is read natively.
  private mutating func render(_ file: NativeFile, at offset: Int) {
    guard let entry = reader.entry(file, at: offset), reader.items(file, at: offset, into: &items) else {
      return report.tally.lostEntry(in: file.path, at: offset)
    }
    // Runs of entries come without a look at their times.
    guard plan.query.window.contains(entry.time) else { return }
    guard !careful.asksForUnit, gather(file, entry, apart: fields == .contexts) else {
      return renderCarefully(file, entry)
    }
    var context: JournalContexts.Number?
    if fields == .contexts {
      context = contextNumber(file, entry)
      if context == nil, !gather(file, entry, apart: false) { return renderCarefully(file, entry) }
    }
    let line = output.count
    header.begin(entry, context: context, to: &output)
    for index in 0..<fragments.count where isWritten(fragments[index]) { append(fragments[index]) }
    header.end(to: &output)
    guard output.count - line <= rendering.entryLimit else {
      report.oversized.append((entry, output.count - line))
      return output.truncate(to: line)
    }
    report.count(entry)
    report.lines += 1
  }

  /// Brings the entry's fields together as fragments.
  ///
  /// - Parameters:
  ///   - file: that the entry is in.
  ///   - entry: whose items were read.
  ///   - isApart: whether the fields that the entry shares with others go to `contexts` instead.
  /// - Returns: whether the entry can be put together from them.
  private mutating func gather(_ file: NativeFile, _ entry: JournalEntry, apart isApart: Bool) -> Bool {
    cache.makeRoom()
    entryNumber += 1
    contexts.begin(file: file.index, boot: entry.bootID)
    fragments.removeAll()
    ownBytes.removeAll()
    ownRedactions.removeAll(keepingCapacity: true)
    var isPlain = !careful.hasOpenBlocks
    for index in 0..<items.count {
      let item = items[index]
      let key = FragmentCache.key(file: file.index, offset: item.offset)
      guard let fragment = cache.find(key) ?? make(file, item, key, entry) else {
        isPlain = false
        continue
      }
      if fragment.needsCare { isPlain = false }
      if isApart && fragment.traits.contains(.context) {
        contexts.add(item.offset)
        continue
      }
      let isRepeated = renderer.names.isRepeated(fragment.name, in: entryNumber)
      if isRepeated && header.groupsNames { isPlain = false }
      fragments.append(fragment)
    }
    return isPlain
  }

  /// Reads and renders a field.
  /// - Returns: `nil` when the entry needs care because of it.
  private mutating func make(
    _ file: NativeFile, _ item: ObjectReader.Item, _ key: UInt64, _ entry: JournalEntry
  ) -> Fragment? {
    guard let found = reader.field(file, item), found.isIntact, !found.isCut,
      let data = JournalField(found.payload), data.value.count <= plan.query.fieldLimit
    else { return nil }
    field.removeAll(keepingCapacity: true)
    guard let rendered = renderer.render(data, to: &field) else { return nil }
    var fragment = Fragment(
      arena: Fragment.own, traits: rendered.traits, needsCare: rendered.needsCare,
      name: UInt16(rendered.name),
      start: UInt32(ownBytes.count), count: UInt32(field.count), redactions: -1)
    let isKept =
      found.uses > 1 && field.count <= FragmentCache.fragmentLimit && redactions.count < Self.redactionLimit
    if let counts = rendered.redactions {
      fragment.redactions = Int32(isKept ? redactions.count : ownRedactions.count)
      if isKept { redactions.append(counts) } else { ownRedactions.append(counts) }
    }
    if isKept { return field.withUnsafeBytes { cache.insert(key, fragment, bytes: $0) } }
    ownBytes.append(field)
    return fragment
  }

  private func isWritten(_ fragment: Fragment) -> Bool {
    fields != .minimal || !fragment.traits.contains(.dispensable)
  }

  private mutating func append(_ fragment: Fragment) {
    if fragment.arena != Fragment.own {
      cache.append(fragment, to: &output)
      if fragment.redactions >= 0 { report.redactions.add(redactions[Int(fragment.redactions)]) }
    } else {
      let range = Int(fragment.start)..<(Int(fragment.start) + Int(fragment.count))
      output.append(UnsafeRawBufferPointer(rebasing: ownBytes.bytes[range]))
      if fragment.redactions >= 0 { report.redactions.add(ownRedactions[Int(fragment.redactions)]) }
    }
  }

  /// The number of the context that the entry shares; a new one is written first.
  /// - Returns: `nil` for an entry that is to have all its fields itself.
  private mutating func contextNumber(_ file: NativeFile, _ entry: JournalEntry) -> JournalContexts.Number? {
    switch contexts.find() {
    case .known(let number): return number
    case .none: return nil
    case .new(let number):
      let start = output.count
      contexts.appendHeader(number, entry, to: &output)
      guard appendSharedFields(file, entry) else {
        output.truncate(to: start)
        contexts.refuse(number)
        return nil
      }
      output.append(literal: "}\n")
      report.lines += 1
      return number
    }
  }

  /// Appends the fields that were set apart.
  /// - Returns: whether each name is there once.
  private mutating func appendSharedFields(_ file: NativeFile, _ entry: JournalEntry) -> Bool {
    // A number that no other set of fields has had.
    entryNumber += 1
    for index in 0..<contexts.wanted.count {
      let item = ObjectReader.Item(offset: contexts.wanted[index])
      let key = FragmentCache.key(file: file.index, offset: item.offset)
      guard let fragment = cache.find(key) ?? make(file, item, key, entry),
        !renderer.names.isRepeated(fragment.name, in: entryNumber)
      else { return false }
      append(fragment)
    }
    return true
  }

  private mutating func renderCarefully(_ file: NativeFile, _ entry: JournalEntry) {
    careful.begin(entry)
    if careful.asksForUnit {
      for index in 0..<items.count {
        guard let data = reader.field(file, items[index]).flatMap({ JournalField($0.payload) }) else {
          continue
        }
        careful.note(name: data.name, value: data.value)
      }
    }
    for index in 0..<items.count {
      guard let found = reader.field(file, items[index]), let data = JournalField(found.payload) else {
        report.tally.damagedField(at: entry.time)
        continue
      }
      if !found.isIntact { report.tally.damagedField(at: entry.time) }
      add(data, of: entry)
    }
    careful.end(&report, to: &output)
  }

  private mutating func render(_ entry: JournalEntry, of chunk: JournalChunk, _ range: Range<Int>) {
    careful.begin(entry)
    if careful.asksForUnit { chunk.forEachField(in: range) { careful.note(name: $0, value: $1) } }
    chunk.forEachField(in: range) { add(JournalField(name: $0, value: $1), of: entry) }
    careful.end(&report, to: &output)
  }

  private mutating func add(_ data: JournalField, of entry: JournalEntry) {
    let limit = plan.query.fieldLimit
    if data.value.count > limit { report.tally.cut(data.name, of: entry) }
    careful.add(name: data.name, value: UnsafeRawBufferPointer(rebasing: data.value.prefix(limit)))
  }
}
