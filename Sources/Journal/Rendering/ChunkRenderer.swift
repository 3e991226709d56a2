internal import Evidence
internal import Redaction

/// Renders chunks of a reading: each distinct field is read, redacted and rendered once, and then copied.
///
/// It belongs to one thread; several may work on the chunks of one reading. What is written of a chunk depends on
/// the chunk and on `OpenBlocks` only.
package struct ChunkRenderer: ~Copyable {
  /// Bytes that are emitted at a time, or a little more: whole lines.
  package static let pieceLength = 1 << 20

  private let plan: JournalPlan
  private let rendering: JournalRendering
  let fields: JournalFields
  private var reader: ObjectReader
  var renderer: FieldRenderer
  var cache: FragmentCache
  private var careful: CarefulRenderer
  var header: EntryHeaderWriter
  var contexts = JournalContexts()
  var runs = FieldRuns()
  /// What was redacted in fragments of the cache.
  var redactions: [RedactionCounts] = []
  private static let redactionLimit = 65_536

  var items = ItemList()
  var fragments = ScratchList<Fragment>()
  /// Fields of the current entry that are not kept.
  private var ownBytes = ByteBuffer(capacity: 64 << 10)
  var ownRedactions: [RedactionCounts] = []
  var output = ByteBuffer(capacity: Self.pieceLength + Self.pieceLength / 4)
  var entryNumber: UInt64 = 0
  /// Where the entry before this one is.
  var lastFile = -1
  var lastOffset = 0
  /// The entry may have something to tell the timeline or the list of gaps.
  var isNotable = false
  var report = ChunkReport()

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
    var position = 0
    while position < chunk.count {
      switch chunk[position] {
      case .native(let file, _):
        position = try renderRun(of: plan.native[file], in: chunk, from: position, emit)
      case .record(let entry, let range):
        render(entry, of: chunk, range)
        position += 1
      }
      if output.count >= Self.pieceLength { try flush(emit) }
    }
    if output.count > 0 { try flush(emit) }
    reader.shrink()
    report.openBlocks = careful.endChunk()
    return report
  }

  /// Renders entries of one file that follow one another.
  /// - Returns: the position behind them.
  private mutating func renderRun<E: Error>(
    of file: NativeFile, in chunk: JournalChunk, from start: Int, _ emit: (JournalPiece) throws(E) -> Void
  ) throws(E) -> Int {
    var position = start
    while position < chunk.count, let offset = chunk.offset(at: position, inFile: file.index) {
      render(file, at: offset)
      position += 1
      if output.count >= Self.pieceLength { try flush(emit) }
    }
    return position
  }

  private mutating func flush<E: Error>(_ emit: (JournalPiece) throws(E) -> Void) throws(E) {
    try emit(report.piece(Redacted(assembling: output.give())))
  }

  /// Renders an entry of a file that is read natively.
  private mutating func render(_ file: NativeFile, at offset: Int) {
    guard let entry = reader.entry(file, at: offset), reader.items(file, at: offset, into: &items) else {
      return report.tally.lostEntry(in: file.path, at: offset)
    }
    // Runs of entries come without a look at their times.
    guard plan.query.window.contains(entry.time) else { return }
    if let unit = plan.unitLimits.unitOmitting(file.index, offset, items) {
      return report.tally.omit(entry, of: unit)
    }
    if careful.asksForUnit { return renderCarefully(file, entry) }
    beginEntry()
    defer { (lastFile, lastOffset) = (file.index, offset) }
    if !careful.hasOpenBlocks, let isWritten = writeRuns(file, entry) {
      if isWritten, isNotable { noteEvent(file, entry) }
      return
    }
    beginEntry()
    guard gather(file, entry, apart: fields == .contexts) else { return renderCarefully(file, entry) }
    var context: JournalContexts.Number?
    if fields == .contexts {
      context = contextNumber(file, entry)
      if context == nil {
        beginEntry()
        if !gather(file, entry, apart: false) { return renderCarefully(file, entry) }
      }
    }
    if fields != .contexts || context != nil { learn(file) }
    if write(entry, context), isNotable { noteEvent(file, entry) }
  }

  private mutating func beginEntry() {
    cache.makeRoom()
    runs.makeRoom()
    isNotable = false
    entryNumber += 1
    fragments.removeAll()
    ownBytes.removeAll()
    ownRedactions.removeAll(keepingCapacity: true)
  }

  /// - Returns: whether it was written; it is left out when it is too long.
  private mutating func write(_ entry: JournalEntry, _ context: JournalContexts.Number?) -> Bool {
    let line = output.count
    let isApart = context != nil
    header.begin(entry, isApart: isApart, to: &output)
    for index in 0..<fragments.count {
      let fragment = fragments[index]
      if isWritten(fragment, apart: isApart) { append(fragment) }
    }
    return endLine(line, entry, context)
  }

  /// - Parameters:
  ///   - line: where it begins in the output.
  ///   - entry: whose line it is.
  ///   - context: that it refers to.
  /// - Returns: whether the line stays; it is taken away when it is too long.
  mutating func endLine(_ line: Int, _ entry: JournalEntry, _ context: JournalContexts.Number?)
    -> Bool
  {
    header.end(context?.reference, to: &output)
    guard output.count - line <= rendering.entryLimit else {
      report.oversized.append((entry, output.count - line))
      output.truncate(to: line)
      return false
    }
    report.count(entry)
    report.lines += 1
    return true
  }

  /// Takes down what the entry that was written last tells.
  private mutating func noteEvent(_ file: NativeFile, _ entry: JournalEntry) {
    beginEntry()
    careful.begin(entry)
    for index in 0..<items.count {
      guard let fragment = take(file, items[index]), fragment.traits.contains(.eventful) else { continue }
      let field =
        fragment.arena == Fragment.own
        ? ownBytes.slice(fragment.start, fragment.count) : cache.bytes(of: fragment)
      renderer.unrender(Int(fragment.name), field) { careful.hear(name: $0, redacted: $1) }
    }
    careful.endHearing(&report)
  }

  /// Brings the entry's fields together as fragments.
  ///
  /// - Parameters:
  ///   - file: that the entry is in.
  ///   - entry: whose items were read.
  ///   - isApart: whether the fields that the entry shares with others go to `contexts` instead.
  /// - Returns: whether the entry can be put together from them.
  private mutating func gather(_ file: NativeFile, _ entry: JournalEntry, apart isApart: Bool) -> Bool {
    contexts.begin(file: file.index, boot: entry.bootID)
    var isPlain = !careful.hasOpenBlocks
    for index in 0..<items.count {
      guard let fragment = take(file, items[index]) else {
        isPlain = false
        continue
      }
      if fragment.needsCare { isPlain = false }
      if fragment.isNotable { isNotable = true }
      fragments.append(fragment)
      if isApart && fragment.traits.contains(.context) {
        contexts.add(items.offsets[index])
        continue
      }
      let isRepeated = renderer.names.isRepeated(fragment.name, in: entryNumber)
      if isRepeated && header.groupsNames { isPlain = false }
    }
    return isPlain
  }

  /// The field as a fragment, with nothing of it left in the output.
  private mutating func take(_ file: NativeFile, _ item: ItemList.Item) -> Fragment? {
    let key = FragmentCache.key(file: file.index, offset: item.offset)
    if let known = cache.find(key) { return known }
    let start = output.count
    defer { output.truncate(to: start) }
    guard var fragment = make(file, item, key) else { return nil }
    if fragment.arena == Fragment.own {
      fragment.start = UInt32(ownBytes.count)
      ownBytes.append(UnsafeRawBufferPointer(rebasing: output.bytes[start...]))
    }
    return fragment
  }

  /// Reads and renders a field, and appends it to the output.
  /// - Returns: `nil` when the entry needs care because of it.
  mutating func make(_ file: NativeFile, _ item: ItemList.Item, _ key: UInt64) -> Fragment? {
    guard let found = reader.field(file, item), found.isIntact, !found.isCut,
      let data = JournalField(found.payload), data.value.count <= plan.query.fieldLimit
    else { return nil }
    let start = output.count
    guard let rendered = renderer.render(found.payload, data, to: &output) else { return nil }
    let count = output.count - start
    var fragment = Fragment(
      arena: Fragment.own, needsCare: rendered.needsCare, isNotable: rendered.isNotable,
      traits: rendered.traits, name: UInt16(rendered.name), count: UInt32(count))
    let isKept =
      found.uses > 1 && count <= FragmentCache.fragmentLimit && redactions.count < Self.redactionLimit
    if let counts = rendered.redactions {
      fragment.redactions = Int32(isKept ? redactions.count : ownRedactions.count)
      if isKept { redactions.append(counts) } else { ownRedactions.append(counts) }
    }
    guard isKept else { return fragment }
    return cache.insert(key, fragment, bytes: UnsafeRawBufferPointer(rebasing: output.bytes[start...]))
  }

  @inline(__always)
  func isWritten(_ fragment: Fragment, apart isApart: Bool) -> Bool {
    if isApart && fragment.traits.contains(.context) { return false }
    return fields != .minimal || !fragment.traits.contains(.dispensable)
  }

  private mutating func append(_ fragment: Fragment) {
    switch fragment.arena {
    case Fragment.own:
      output.append(ownBytes.slice(fragment.start, fragment.count))
      if fragment.redactions >= 0 { report.redactions.add(ownRedactions[Int(fragment.redactions)]) }
    default:
      cache.append(fragment, to: &output)
      if fragment.redactions >= 0 { report.redactions.add(redactions[Int(fragment.redactions)]) }
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
      guard appendSharedFields(file) else {
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
  private mutating func appendSharedFields(_ file: NativeFile) -> Bool {
    // A number that no other set of fields has had.
    entryNumber += 1
    for index in 0..<contexts.wanted.count {
      guard let fragment = take(file, ItemList.Item(offset: contexts.wanted[index])),
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
