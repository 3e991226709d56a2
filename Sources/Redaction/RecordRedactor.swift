/// Redacts many small records, such as the fields of a journal, without an allocation where nothing is found.
package struct RecordRedactor: ~Copyable {
  private let scanner: Scanner
  private var identities: IdentityPass?

  init(_ redactor: Redactor) {
    scanner = Scanner(redactor)
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
    identities?.apply(to: &output, from: start)
  }

  /// What was replaced so far.
  package var counts: RedactionCounts {
    RedactionCounts(scanner.counts, rules: scanner.tables.rules, identities: identities?.counts ?? [:])
  }

  /// Places so far at which a secret might have begun: where the number stays the same, nothing in the record looked
  /// like the beginning of one.
  package var suspicions: Int { scanner.performed }

  /// How many replacements there were so far, of any rule.
  package var total: Int { scanner.replacements }

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
