/// Replaces secrets by tokens of the form `[REDACTED:kind:xxxxxxxx]`.
///
/// The same secret under the same key gives the same token wherever it stands. Redacting what is redacted
/// already changes nothing.
package struct Redactor: Sendable {
  let rules: RuleSet
  let key: RedactionKey

  /// A redactor of these rules; the key makes its tokens.
  package init(rules: RuleSet, key: RedactionKey) {
    self.rules = rules
    self.key = key
  }

  /// Name and digest of the rule set; see `RuleSet.identifier`.
  package var ruleset: String { rules.identifier }

  /// Redacts one whole record.
  package func redact(_ bytes: UnsafeRawBufferPointer) -> Redacted {
    var redactor = makeRecordRedactor()
    var state = BlockState()
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    redactor.redact(bytes, state: &state, appendingTo: &output)
    return Redacted(output)
  }

  /// Redacts one whole text.
  package func redact(_ text: String) -> Redacted {
    var text = text
    return text.withUTF8 { redact(UnsafeRawBufferPointer($0)) }
  }

  /// A pass over input of any length; its memory is bounded.
  package func makeStream() -> RedactionStream {
    RedactionStream(self)
  }

  /// A pass over many small records that reuses its buffers.
  package func makeRecordRedactor() -> RecordRedactor {
    RecordRedactor(self)
  }
}
