/// Replaces secrets by tokens of the form `[REDACTED:kind:xxxxxxxx]`.
///
/// The same secret under the same key gives the same token wherever it stands. Redacting what is redacted
/// already changes nothing.
package struct Redactor: Sendable {
  let rules: RuleSet
  let key: RedactionKey
  let exemptions: Exemptions
  /// Where secrets that are found are noted, and what is swept for; nil for nothing.
  package let found: FoundSecrets?
  let policy: IdentityPolicy

  /// A redactor of these rules; the key makes its tokens.
  package init(rules: RuleSet, key: RedactionKey) {
    self.rules = rules
    self.key = key
    exemptions = Exemptions(rules.allowances, tables: rules.tables, path: nil, unit: nil)
    found = nil
    policy = IdentityPolicy()
  }

  private init(_ other: Redactor, collectingInto found: FoundSecrets) {
    (rules, key, exemptions, policy) = (other.rules, other.key, other.exemptions, other.policy)
    self.found = found
  }

  init(_ other: Redactor, policy: IdentityPolicy) {
    (rules, key, exemptions, found) = (other.rules, other.key, other.exemptions, other.found)
    self.policy = policy
  }

  /// The identities' pass of one stream; nil where all of them stay.
  func makeIdentityPass() -> IdentityPass? {
    policy.keepsAll ? nil : IdentityPass(policy: policy, signer: TokenSigner(key))
  }

  /// The sweep of one pass for what is known when it begins; nil where that is nothing.
  func makeSweepPass() -> SweepPass? {
    found.flatMap { SweepPass($0.snapshot) }
  }

  /// The same redactor, which notes every secret that it finds, and takes out every one that was known when a pass began:
  /// see `FoundSecrets`.
  package func collecting(into found: FoundSecrets) -> Redactor {
    Redactor(self, collectingInto: found)
  }

  private init(_ other: Redactor, path: String?, unit: String?) {
    rules = other.rules
    key = other.key
    found = other.found
    policy = other.policy
    exemptions = Exemptions(other.rules.allowances, tables: other.rules.tables, path: path, unit: unit)
  }

  /// The same redactor for what comes from a file or a systemd unit, so that allowances for these hold.
  package func scoped(path: String? = nil, unit: String? = nil) -> Redactor {
    rules.allowances.isEmpty ? self : Redactor(self, path: path, unit: unit)
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
