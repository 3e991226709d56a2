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
  private var scratch: [UInt8] = []
  private var redacted: [UInt8] = []

  init(form: JournalForm, redactor: Redactor?) {
    if case .json = form { isJSON = true } else { isJSON = false }
    self.redactor = redactor.map { $0.makeRecordRedactor() }
  }

  /// What became of a field.
  struct Rendered {
    var name: Int
    var traits: FieldTraits
    /// An entry that has it cannot be put together from fragments.
    var needsCare: Bool
    /// What was redacted; `nil` for nothing.
    var redactions: RedactionCounts?
  }

  /// Renders one field into `output`, which is empty.
  ///
  /// - Returns: `nil` when the table of names is full: nothing was appended, and the entry needs care.
  mutating func render(_ field: JournalField, to output: inout [UInt8]) -> Rendered? {
    guard let id = intern(field.name) else { return nil }
    let traits = names.names[id].traits
    var rendered = Rendered(
      name: id, traits: traits, needsCare: Self.isNotable(field, traits), redactions: nil)
    if traits.contains(.header) { return rendered }
    if traits.contains(.paired), redactor != nil { rendered.needsCare = true }
    let kind = JournalText.kind(of: field.value)
    guard redactor != nil, !(traits.contains(.trusted) && kind == .plain && field.value.count <= 256) else {
      append(id, field.name, field.value, as: kind, to: &output)
      return rendered
    }
    let suspicions = redactor?.suspicions
    let changed = redact(field, traits, &rendered)
    let isSuspicious = redactor?.suspicions != suspicions
    guard changed else {
      append(id, field.name, field.value, as: kind, to: &output)
      if isJSON && (isSuspicious && kind != .plain || traits.contains(.telling)) {
        redactRendered(&rendered, kind, &output)
      }
      return rendered
    }
    let prefix = traits.contains(.message) ? 0 : field.name.count + 1
    if redacted.count < prefix { rendered.needsCare = true }
    redacted.withUnsafeBytes { bytes in
      let value = UnsafeRawBufferPointer(rebasing: bytes[min(prefix, bytes.count)...])
      append(id, field.name, value, as: JournalText.kind(of: value), to: &output)
    }
    redactRendered(&rendered, .escaped(hasNewline: false), &output)
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
    scratch.removeAll(keepingCapacity: true)
    scratch.append(literal: "{\"")
    scratch.append(name)
    scratch.append(literal: "\":\"q7Gk2mZx94Lp\"}")
    let changed = redactScratch() != nil
    _ = newCounts()
    return changed
  }

  /// Redacts the field into `redacted`.
  /// - Returns: whether anything changed.
  private mutating func redact(
    _ field: JournalField, _ traits: FieldTraits, _ rendered: inout Rendered
  ) -> Bool {
    scratch.removeAll(keepingCapacity: true)
    if !traits.contains(.message) {
      // With its name before it: of `DB_PASSWORD=…` the name says that the value is a secret.
      scratch.append(field.name)
      scratch.append(UInt8(ascii: "="))
    }
    scratch.append(field.value)
    guard let state = redactScratch() else { return false }
    rendered.redactions = newCounts()
    if traits.contains(.message) {
      rendered.needsCare = rendered.needsCare || state.isInPrivateKey
    } else if !redacted.starts(with: scratch[...field.name.count]) {
      // The name was taken for part of a secret.
      rendered.needsCare = true
    }
    return true
  }

  /// Redacts `scratch` into `redacted`.
  /// - Returns: the state behind it; `nil` when nothing changed, nor began.
  private mutating func redactScratch() -> BlockState? {
    redacted.removeAll(keepingCapacity: true)
    var state = BlockState()
    scratch.withUnsafeBytes { redactor?.redact($0, state: &state, appendingTo: &redacted) }
    return state.isInPrivateKey || !scratch.hasSameBytes(as: redacted) ? state : nil
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
    _ rendered: inout Rendered, _ kind: JournalText.Kind, _ output: inout [UInt8]
  ) {
    guard isJSON, kind != .binary else { return }
    scratch.removeAll(keepingCapacity: true)
    swap(&scratch, &output)
    if redactScratch() != nil {
      swap(&output, &redacted)
      var counts = newCounts() ?? RedactionCounts()
      if let earlier = rendered.redactions { counts.add(earlier) }
      rendered.redactions = counts.total > 0 ? counts : nil
    } else {
      swap(&scratch, &output)
    }
  }

  private func append(
    _ id: Int, _ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer, as kind: JournalText.Kind,
    to output: inout [UInt8]
  ) {
    guard isJSON else {
      return JournalExportEncoder().appendField(name: name, value: value, as: kind, to: &output)
    }
    output.append(contentsOf: names.text[names.names[id].key])
    JSONText.append(value: value, as: kind, to: &output)
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
  fileprivate func hasSameBytes(as other: [UInt8]) -> Bool {
    guard count == other.count else { return false }
    return withUnsafeBytes { mine in
      other.withUnsafeBytes { theirs in
        guard let left = mine.baseAddress, let right = theirs.baseAddress else { return true }
        return memcmp(left, right, mine.count) == 0
      }
    }
  }
}
