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

  private init(_ other: Redactor, collectingInto found: FoundSecrets?) {
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

  /// The same redactor, which neither notes what it finds nor looks for what was found before: the same bytes become the
  /// same whenever it sees them.
  package func withoutMemory() -> Redactor {
    found == nil ? self : Redactor(self, collectingInto: nil)
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

  /// Whether some allowance holds for systemd units only.
  package var hasAllowancesForUnits: Bool { rules.allowances.contains { !$0.units.isEmpty } }

  /// Name and digest of the rule set; see `RuleSet.identifier`.
  package var ruleset: String { rules.identifier }

  /// The same for redactors that make the same of every text, but for what they found before: it depends on the key, the
  /// rules and the policy for identities, and tells nothing about them.
  package var fingerprint: [UInt8] { key.derived(for: "fingerprint \(ruleset) \(policy)") }

  /// Redacts one whole record.
  package func redact(_ bytes: UnsafeRawBufferPointer) -> Redacted {
    var redactor = makeRecordRedactor()
    return redactor.redact(bytes)
  }

  /// Redacts one whole record.
  /// - Returns: what it became, and what was replaced.
  package func redactCounting(_ bytes: UnsafeRawBufferPointer) -> (Redacted, RedactionCounts) {
    let record = redactNoting(bytes)
    return (record.redacted, record.counts)
  }

  /// Redacts one whole record.
  /// - Returns: what it became, what was replaced, and whether there was a secret that is looked for elsewhere, too (see
  ///   `FoundSecrets`): with the same `fingerprint` the same bytes always have one, or never.
  package func redactNoting(
    _ bytes: UnsafeRawBufferPointer
  ) -> (redacted: Redacted, counts: RedactionCounts, holdsSecrets: Bool) {
    var redactor = makeRecordRedactor()
    let redacted = redactor.redact(bytes)
    let counts = redactor.total > 0 || !policy.keepsAll ? redactor.counts : RedactionCounts()
    return (redacted, counts, redactor.foundTelling)
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
