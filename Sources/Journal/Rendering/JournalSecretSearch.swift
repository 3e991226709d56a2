package import Redaction

/// Looks for secrets in the fields that a rendering was made of: each of them stands in the files once, and nothing has
/// to be unpacked.
///
/// It can only rule secrets out. What it cannot tell it leaves to a look at what was rendered: what libsystemd read,
/// damaged files, secrets that reach from one field into the next, and rules that hold for some units only.
package struct JournalSecretSearch: Sendable {
  /// Some of the objects of one file, one after the other.
  package struct Part: Sendable {
    fileprivate var file: NativeFile
    fileprivate var range: Range<Int>
  }

  private let plan: JournalPlan
  private var rendering: JournalRendering
  private let partLength: Int

  /// `nil` where what is rendered is not told by the files that are read natively alone.
  ///
  /// - Parameters:
  ///   - plan: of the reading.
  ///   - rendering: what was made of it.
  ///   - partLength: bytes of a part: enough for a thread to be worth it.
  package init?(_ plan: JournalPlan, _ rendering: JournalRendering, partLength: Int = 32 << 20) {
    guard plan.fallback.isEmpty, let redactor = rendering.redactor, !redactor.hasAllowancesForUnits else {
      return nil
    }
    self.plan = plan
    self.rendering = rendering
    // What is known by now is not to be taken out by the look itself.
    self.rendering.redactor = redactor.withoutMemory()
    self.partLength = partLength
  }

  /// Bytes to be looked through.
  package var byteCount: Int { plan.native.reduce(0) { $0 + min($1.limit, Int(clamping: $1.tailObject)) } }

  /// The files in parts, to be looked through on several threads; `nil` where a file is damaged, so that a walk from
  /// object to object need not meet all that was rendered.
  package var parts: [Part]? {
    var reader = ObjectReader(fieldLimit: 0)
    var parts: [Part] = []
    for file in plan.native {
      guard let ofFile = self.parts(of: file, &reader) else { return nil }
      parts += ofFile
    }
    return parts
  }

  private func parts(of file: NativeFile, _ reader: inout ObjectReader) -> [Part]? {
    let list = EntryList(file, head: file.entryArray, promised: file.entries, reader: &reader)
    guard list.brokenAt == nil, file.limit >= file.headerSize else { return nil }
    // Behind what the header has as the last object a walk ends at the first zeros.
    guard let last = list.count == 0 ? 0 : list.offset(at: list.count - 1, file, &reader),
      last <= file.tailObject
    else { return nil }
    let count = file.limit / partLength + 1
    var starts = [file.headerSize]
    // An entry is where an object begins.
    for index in 1..<max(1, count) {
      let place = list.offset(at: list.count * index / count, file, &reader) ?? 0
      if place > starts[starts.count - 1], place < file.limit { starts.append(place) }
    }
    return zip(starts, starts.dropFirst() + [file.limit]).map { Part(file: file, range: $0..<$1) }
  }

  /// Whether it is certain that no field of these parts holds a secret once it is rendered.
  package func rulesOut(_ found: FoundSecrets, in parts: ArraySlice<Part>) -> Bool {
    guard !found.spansFields else { return false }
    var look = FieldLook(rendering, found, fieldLimit: plan.query.fieldLimit)
    for part in parts {
      guard look.rulesOut(part.file, part.range) else { return false }
    }
    return true
  }
}

/// The look of one thread.
private struct FieldLook: ~Copyable {
  private let fieldLimit: Int
  private var reader: ObjectReader
  private var renderer: FieldRenderer
  private var search: SecretSearch
  private let hasBackslashes: Bool
  private var output = ByteBuffer(capacity: 64 << 10)

  init(_ rendering: JournalRendering, _ found: FoundSecrets, fieldLimit: Int) {
    self.fieldLimit = fieldLimit
    reader = ObjectReader(fieldLimit: fieldLimit)
    renderer = FieldRenderer(form: rendering.form, redactor: rendering.redactor)
    search = found.makeSearch()
    hasBackslashes = found.hasBackslashes
  }

  mutating func rulesOut(_ file: NativeFile, _ range: Range<Int>) -> Bool {
    var offset = range.lowerBound
    while offset < range.upperBound {
      guard let head = reader.bytes(file, at: offset, count: JournalFormat.objectHeader) else { return false }
      let (type, size) = (head[0], head.le64(8))
      // Behind the last object there is room for more.
      if type == 0 && size == 0 { return UInt64(offset) > file.tailObject && range.upperBound == file.limit }
      guard JournalFormat.ObjectType(rawValue: type) != nil, size >= UInt64(JournalFormat.objectHeader),
        size <= UInt64(file.limit - offset)
      else { return false }
      if type == JournalFormat.ObjectType.data.rawValue {
        guard rulesOut(file, fieldAt: offset) else { return false }
      }
      offset += (Int(size) + 7) & ~7
    }
    return offset == range.upperBound
  }

  /// A plain text is rendered as it is. Any other can hold a form of a secret once it is rendered without having held
  /// one before, over what an escape adds: a letter, or a backslash. Of a secret that was found escaped, what it stands
  /// for may be too short to be looked for, or of so many escapes that it is not known.
  private mutating func rulesOut(_ file: NativeFile, fieldAt offset: Int) -> Bool {
    guard let found = reader.field(file, ItemList.Item(offset: offset), checksHash: false) else {
      return false
    }
    let isSuspicious = finds(in: found.payload)
    let kind = JournalText.kind(of: found.payload)
    guard isSuspicious || kind != .plain else { return true }
    guard let field = JournalField(found.payload) else { return false }
    // Binary values are written as numbers, or as text where redaction takes out what made them binary.
    if !isSuspicious && kind == .quoted && !hasBackslashes { return true }
    if !isSuspicious && kind != .binary && !isFoundRendered(field) { return true }
    return field.value.count <= fieldLimit && isRedacted(found.payload, field)
  }

  private mutating func isFoundRendered(_ field: JournalField) -> Bool {
    output.removeAll()
    JSONText.append(value: field.value, to: &output)
    return finds(in: output.bytes)
  }

  /// Whether the field holds no secret any more once it is redacted as it was when it was written.
  private mutating func isRedacted(_ data: UnsafeRawBufferPointer, _ field: JournalField) -> Bool {
    output.removeAll()
    guard let rendered = renderer.render(data, field, to: &output), !rendered.needsCare else { return false }
    return !finds(in: output.bytes)
  }

  @inline(__always)
  private mutating func finds(in bytes: UnsafeRawBufferPointer) -> Bool {
    search.finds(in: bytes, before: bytes.count, endingAfter: 0)
  }
}
