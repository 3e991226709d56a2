/// Redacts many small records, such as the fields of a journal, without an allocation where nothing is found.
package struct RecordRedactor: ~Copyable {
  private let scanner: Scanner
  private var sweep: SweepPass?
  private var identities: IdentityPass?

  private let allowances: [Allowance]
  /// What holds for the units seen so far; bounded by `unitLimit`.
  private var exemptions: [String: Exemptions] = [:]
  private static let unitLimit = 1024

  init(_ redactor: Redactor) {
    allowances = redactor.rules.allowances
    scanner = Scanner(redactor)
    sweep = redactor.makeSweepPass()
    identities = redactor.makeIdentityPass()
  }

  /// Appends the redacted record to `output`.
  ///
  /// A record is one or more whole lines. `state` carries an unfinished private key from record to record of one
  /// log stream; keep one for each stream.
  package mutating func redact(
    _ record: UnsafeRawBufferPointer, state: inout BlockState, appendingTo output: inout [UInt8]
  ) {
    let start = output.count
    _ = scanner.scan(record, limit: record.count, isComplete: true, state: &state, output: &output)
    sweep?.apply(to: &output, from: start)
    identities?.apply(to: &output, from: start)
  }

  /// As `redact`, for records in most of which nothing is found: such a record is not copied.
  ///
  /// - Parameters:
  ///   - record: one or more whole lines.
  ///   - state: see `redact`.
  ///   - output: what the redacted record is appended to, if there is anything to redact.
  /// - Returns: whether the redacted record was appended.
  package mutating func redactIfNeeded(
    _ record: UnsafeRawBufferPointer, state: inout BlockState, appendingTo output: inout [UInt8]
  ) -> Bool {
    scanner.skipsUntouched = true
    defer { scanner.skipsUntouched = false }
    let start = output.count
    _ = scanner.scan(record, limit: record.count, isComplete: true, state: &state, output: &output)
    if output.count > start {
      sweep?.apply(to: &output, from: start)
    } else if let copied = sweep?.replace(in: record, from: 0, until: record.count, &output) {
      output.append(contentsOf: record[copied...])
    } else if identities != nil {
      output.append(contentsOf: record)
    } else {
      return false
    }
    identities?.apply(to: &output, from: start)
    return true
  }

  /// From here on the allowances for this systemd unit hold; `nil` for those of no unit.
  package mutating func enter(unit: String?) {
    let known = exemptions[unit ?? ""]
    let new = known ?? Exemptions(allowances, tables: scanner.tables, path: nil, unit: unit)
    if known == nil {
      if exemptions.count >= Self.unitLimit { exemptions.removeAll() }
      exemptions[unit ?? ""] = new
    }
    scanner.exemptions = new
  }

  /// Redacts one whole text that no other one belongs to.
  package mutating func redact(_ text: UnsafeRawBufferPointer) -> Redacted {
    var state = BlockState()
    var output: [UInt8] = []
    output.reserveCapacity(text.count)
    redact(text, state: &state, appendingTo: &output)
    return Redacted(output)
  }

  /// What was replaced so far.
  package var counts: RedactionCounts {
    var counts = RedactionCounts(
      scanner.counts, rules: scanner.tables.rules, identities: identities?.counts ?? [:])
    if let sweep, sweep.total > 0 { counts.add(RedactionCounts(kinds: sweep.counts)) }
    return counts
  }

  /// Places so far at which a secret might have begun: where the number stays the same, nothing in the record looked
  /// like the beginning of one.
  package var suspicions: Int { scanner.performed }

  /// How many replacements there were so far, of any rule.
  package var total: Int { scanner.replacements + (sweep?.total ?? 0) }

  /// Whether a rule found a secret so far that is looked for elsewhere; see `FoundSecrets`.
  var foundTelling: Bool { scanner.foundTelling }

  /// Bytes that the parsers of contexts looked at so far, beyond the prefilter's one pass.
  var steps: Int { scanner.totalSteps + scanner.steps }

  /// What is replaced in `text`, by rule.
  mutating func count(in text: String) -> [String: Int] {
    var state = BlockState()
    var output: [UInt8] = []
    var text = text
    text.withUTF8 { redact(UnsafeRawBufferPointer($0), state: &state, appendingTo: &output) }
    return counts.byRule
  }
}
