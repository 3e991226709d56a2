internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// How entries are written.
package enum JournalForm: Sendable {
  /// Lines of JSON: see `JournalJSONEncoder`.
  case json(JournalFields)
  /// Journal Export Format: see `JournalExportEncoder`.
  case export
}

/// Which fields of an entry are written, and where.
package enum JournalFields: String, Sendable, CaseIterable {
  /// All of them, in each line.
  case all
  /// All of them: those that the entries of a process share stand in a line of their own, once in a chunk, and
  /// entries refer to it. See `JournalContexts`.
  case contexts
  /// Only what people look for.
  case minimal
}

/// Redacts and renders one field.
struct FieldRenderer: ~Copyable {
  private let isJSON: Bool
  /// `nil` writes the fields as they are.
  private var redactor: RecordRedactor?
  private var counts = RedactionCounts()
  var names = NameTable()
  private var redacted: [UInt8] = []
  private var scratch = ByteBuffer(capacity: 1024)

  init(form: JournalForm, redactor: Redactor?) {
    if case .json = form { isJSON = true } else { isJSON = false }
    self.redactor = redactor.map { $0.makeRecordRedactor() }
  }

  /// What became of a field.
  struct Rendered {
    var name: Int
    var traits: FieldTraits
    /// An entry that has it cannot be put together from fragments.
    var needsCare = false
    /// An entry that has it may have something to tell the timeline or the list of gaps.
    var isNotable: Bool
    /// What was redacted; `nil` for nothing.
    var redactions: RedactionCounts?
  }

  /// Renders one field and appends it to `output`.
  ///
  /// - Parameters:
  ///   - data: `NAME=value`.
  ///   - field: its two parts.
  ///   - output: what it is appended to.
  /// - Returns: `nil` when the table of names is full: nothing was appended, and the entry needs care.
  mutating func render(_ data: UnsafeRawBufferPointer, _ field: JournalField, to output: inout ByteBuffer)
    -> Rendered?
  {
    guard let id = intern(field.name) else { return nil }
    let traits = names.names[id].traits
    var rendered = Rendered(
      name: id, traits: traits, isNotable: Self.isNotable(field, traits), redactions: nil)
    if traits.contains(.header) { return rendered }
    if traits.contains(.paired), redactor != nil { rendered.needsCare = true }
    let kind = JournalText.kind(of: field.value)
    guard redactor != nil, !traits.trusts(field.value, as: kind) else {
      append(id, field.name, field.value, as: kind, to: &output)
      return rendered
    }
    let start = output.count
    let suspicions = redactor?.suspicions
    guard redact(data, field, traits, &rendered) else {
      append(id, field.name, field.value, as: kind, to: &output)
      let isSuspicious = redactor?.suspicions != suspicions
      if isJSON && (isSuspicious && kind != .plain || traits.contains(.telling)) {
        redactRendered(&rendered, kind, &output, from: start)
      }
      return rendered
    }
    let prefix = traits.contains(.message) ? 0 : field.name.count + 1
    if redacted.count < prefix { rendered.needsCare = true }
    redacted.withUnsafeBytes { bytes in
      let value = UnsafeRawBufferPointer(rebasing: bytes[min(prefix, bytes.count)...])
      append(id, field.name, value, as: JournalText.kind(of: value), to: &output)
    }
    redactRendered(&rendered, .quoted, &output, from: start)
    return rendered
  }

  private mutating func intern(_ name: UnsafeRawBufferPointer) -> Int? {
    // Both are stored in this value, and the closure needs one while the table is changed.
    var traits: FieldTraits?
    let id = names.intern(name) { name in
      traits = FieldTraits(of: name)
      return traits ?? []
    }
    guard let id, traits != nil, isTelling(name) else { return id }
    names.add(.telling, to: id)
    return id
  }

  /// Whether a harmless value is redacted because of the field's name, once it stands in JSON.
  private mutating func isTelling(_ name: UnsafeRawBufferPointer) -> Bool {
    guard redactor != nil, isJSON else { return false }
    var sample: [UInt8] = []
    sample.append(literal: "{\"")
    sample.append(name)
    sample.append(literal: "\":\"q7Gk2mZx94Lp\"}")
    let changed = sample.withUnsafeBytes { redact($0) != nil }
    _ = newCounts()
    return changed
  }

  /// Redacts the field into `redacted`.
  /// - Returns: whether anything changed.
  private mutating func redact(
    _ data: UnsafeRawBufferPointer, _ field: JournalField, _ traits: FieldTraits, _ rendered: inout Rendered
  ) -> Bool {
    // With its name before it: of `DB_PASSWORD=…` the name says that the value is a secret.
    guard let state = redact(traits.contains(.message) ? field.value : data) else { return false }
    rendered.redactions = newCounts()
    if traits.contains(.message) {
      rendered.needsCare = rendered.needsCare || state.isInPrivateKey
    } else if !redacted.starts(with: data[...field.name.count]) {
      // The name was taken for part of a secret.
      rendered.needsCare = true
    }
    return true
  }

  /// Redacts into `redacted`.
  /// - Returns: the state behind it; `nil` when nothing changed, nor began.
  private mutating func redact(_ bytes: UnsafeRawBufferPointer) -> BlockState? {
    redacted.removeAll(keepingCapacity: true)
    var state = BlockState()
    guard redactor?.redactIfNeeded(bytes, state: &state, appendingTo: &redacted) == true else {
      if state.isInPrivateKey { redacted.append(bytes) }
      return state.isInPrivateKey ? state : nil
    }
    return state.isInPrivateKey || !redacted.hasSameBytes(as: bytes) ? state : nil
  }

  /// What was counted since the last call.
  private mutating func newCounts() -> RedactionCounts? {
    guard let now = redactor?.counts else { return nil }
    defer { counts = now }
    let new = now.subtracting(counts)
    return new.total > 0 ? new : nil
  }

  /// Redacts a field again as it stands in the output: escapes can make something of it that it was not.
  private mutating func redactRendered(
    _ rendered: inout Rendered, _ kind: JournalText.Kind, _ output: inout ByteBuffer, from start: Int
  ) {
    guard isJSON, kind != .binary else { return }
    guard redact(UnsafeRawBufferPointer(rebasing: output.bytes[start...])) != nil else { return }
    output.truncate(to: start)
    output.append(redacted)
    var counts = newCounts() ?? RedactionCounts()
    if let earlier = rendered.redactions { counts.add(earlier) }
    rendered.redactions = counts.total > 0 ? counts : nil
  }

  private func append(
    _ id: Int, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, as kind: JournalText.Kind,
    to output: inout ByteBuffer
  ) {
    guard isJSON else {
      return JournalExportEncoder().appendField(name: name, value: value, as: kind, to: &output)
    }
    names.appendKey(id, to: &output)
    JSONText.append(value: value, as: kind, to: &output)
  }

  /// Lends name and value of a field as it was rendered.
  mutating func unrender(
    _ name: Int, _ field: UnsafeRawBufferPointer,
    _ body: (_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) -> Void
  ) {
    let value = isJSON ? parsedValue(field, after: names.names[name].key.count) : exportValue(field, name)
    names.withName(name) { body($0, value) }
  }

  /// Parses into `redacted`; what redaction left in no form of a value is taken as it stands.
  private mutating func parsedValue(_ field: UnsafeRawBufferPointer, after key: Int) -> UnsafeRawBufferPointer
  {
    let value = UnsafeRawBufferPointer(rebasing: field.dropFirst(key))
    var scanner = JSONScanner(value)
    scratch.removeAll()
    redacted.removeAll(keepingCapacity: true)
    do throws(JournalLineError) {
      if scanner.take(UInt8(ascii: "[")) {
        if !scanner.take(UInt8(ascii: "]")) { try scanner.byteNumbers(into: &redacted) }
      } else {
        try scanner.string(into: &redacted)
      }
    } catch {
      return value
    }
    scratch.append(redacted)
    return scratch.bytes
  }

  private func exportValue(_ field: UnsafeRawBufferPointer, _ name: Int) -> UnsafeRawBufferPointer {
    let length = names.names[name].text.count
    let isBinary = field.count > length && field[length] == UInt8(ascii: "\n")
    return UnsafeRawBufferPointer(rebasing: field.dropFirst(length + (isBinary ? 9 : 1)).dropLast())
  }

  /// Whether the field can make its entry one that the timeline or the list of gaps is to know.
  private static func isNotable(_ field: JournalField, _ traits: FieldTraits) -> Bool {
    if traits.contains(.message) { return JournalEvents.mayTell(field.value) }
    guard field.name.equals("MESSAGE_ID"), let id = JournalID(hex: field.value) else { return false }
    return JournalMessage.all.contains(id)
  }
}

extension [UInt8] {
  /// As `==`, some ten times as fast.
  fileprivate func hasSameBytes(as other: UnsafeRawBufferPointer) -> Bool {
    guard count == other.count else { return false }
    return withUnsafeBytes { mine in
      guard let left = mine.baseAddress, let right = other.baseAddress else { return true }
      return memcmp(left, right, mine.count) == 0
    }
  }
}
