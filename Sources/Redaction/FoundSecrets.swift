/// The second pass: every secret that was found anywhere is looked for everywhere else, as it is and in the forms in
/// which programs pass it on.
///
/// Redactors that were made with `Redactor.collecting(into:)` note here what they find, and take out what was held when
/// their pass began. What was written before a secret was known is swept again; see `makeSweep()`.
package final class FoundSecrets: Sendable {
  private struct Store: Sendable {
    /// Everything that is held.
    var all: KnownSecrets
    /// What is never forgotten.
    var lasting: KnownSecrets
    /// What was found since the last time that something was forgotten.
    var recent = KnownSecrets()
    /// The tokens of what was taken, so that a secret that repeats costs a look-up.
    var markers: Set<[UInt8]> = []
  }

  private let store: Guarded<Store>
  /// What must stay whatever is found: ids by which the evidence holds together.
  private let identifiers: [[UInt8]]
  /// For one that lives as long as the process: texts after which the oldest are forgotten. 0 for never.
  private let forgetsBeyond: Int

  /// Holds nothing but what `earlier` holds, and forgets nothing: for one capture.
  ///
  /// - Parameters:
  ///   - earlier: what the host found before; `nil` for nothing.
  ///   - identifiers: texts that stay, with all that is part of them: the ids of the incident, the bundle and the host.
  ///   - limit: texts that are held, each form of each secret for itself.
  package init(
    after earlier: FoundSecrets? = nil, keeping identifiers: [String] = [], limit: Int = KnownSecrets.limit
  ) {
    var all = KnownSecrets(limit: limit)
    if let earlier { all.formUnion(earlier.snapshot) }
    store = Guarded(Store(all: all, lasting: KnownSecrets()))
    self.identifiers = identifiers.map { Array($0.utf8) }
    forgetsBeyond = 0
  }

  /// The memory of a process: at most `limit` texts, of which the oldest go when there are more.
  ///
  /// - Parameters:
  ///   - known: secrets that are known by their text, whatever they look like; they are never forgotten. Those of fewer
  ///     than `KnownSecrets.shortest` bytes are passed over.
  ///   - key: makes their tokens.
  ///   - earlier: what to go on with.
  ///   - limit: texts, each form of each secret for itself.
  package init(known: [[UInt8]], key: RedactionKey, after earlier: FoundSecrets?, limit: Int = 1 << 15) {
    var lasting = KnownSecrets()
    for text in known {
      let marker = TokenSigner(key).marker(of: text, kind: ContextKind.knownSecret.rawValue)
      text.withUnsafeBytes { lasting.insert(KnownSecrets.forms(of: $0, marker: marker)) }
    }
    var all = lasting
    let recent = earlier?.store.read { $0.recent } ?? KnownSecrets()
    all.formUnion(recent)
    store = Guarded(Store(all: all, lasting: lasting, recent: recent))
    identifiers = []
    forgetsBeyond = limit
  }

  /// Texts that are held, each form of each secret for itself. It only grows where nothing is forgotten.
  package var count: Int { store.read { $0.all.count } }

  /// Whether one of the texts can reach over the end of a field of an object in JSON.
  package var spansFields: Bool { store.read { $0.all.spansFields } }

  /// Whether one of the texts has a backslash. Where none has, what escaping makes of a text holds one only where the text
  /// itself does.
  package var hasBackslashes: Bool { store.read { $0.all.hasBackslashes } }

  /// Whether secrets were turned away because there were too many: then the sweep is not complete.
  package var isFull: Bool { store.read { $0.all.isFull } }

  /// What is held at this moment.
  var snapshot: KnownSecrets { store.read { $0.all } }

  /// Takes a secret and the token that stands for it.
  func insert(_ secret: UnsafeRawBufferPointer, marker: [UInt8]) {
    let isKnown = store.read { $0.markers.contains(marker) }
    guard !isKnown, Self.isTelling(secret), !isPartOfIdentifier(secret) else { return }
    // Before the lock: others scan meanwhile.
    let forms = KnownSecrets.forms(of: secret, marker: marker)
    store.change { store in
      if store.markers.count < KnownSecrets.limit { store.markers.insert(marker) }
      store.all.insert(forms)
      guard forgetsBeyond > 0 else { return }
      store.recent.insert(forms)
      guard store.recent.count > forgetsBeyond / 2 else { return }
      // The older half goes: what was found before the last time that this happened.
      store.all = store.lasting
      store.all.formUnion(store.recent)
      store.recent = KnownSecrets()
      store.markers = []
    }
  }

  /// Whether a secret is looked for elsewhere at all: neither too short or long for it, nor in ordinary text as well.
  static func isTelling(_ secret: UnsafeRawBufferPointer) -> Bool {
    secret.count >= KnownSecrets.shortest && secret.count <= 4096 && !isCommon(secret)
  }

  /// What is in ordinary text as well would take the text out: numbers and times, one letter repeated, and words.
  private static func isCommon(_ secret: UnsafeRawBufferPointer) -> Bool {
    var (digits, lower, upper) = (false, false, false)
    for byte in secret {
      digits = digits || byte.isDigit
      lower = lower || byte.isLower
      upper = upper || byte.lowered != byte
    }
    if !lower && !upper && secret.allSatisfy({ $0 < 0x80 }) { return true }
    if secret.allSatisfy({ $0 == secret[0] }) || secret.contains(0x0A) { return true }
    // Letters alone: `PostgreSQL`, `SYSLOG_IDENTIFIER`, `previous_seen_at`.
    if !digits && secret.count < (lower && upper ? 12 : 24) { return true }
    return !digits && !lower && secret.allSatisfy { $0 == UInt8(ascii: "_") || $0.lowered != $0 }
  }

  private func isPartOfIdentifier(_ secret: UnsafeRawBufferPointer) -> Bool {
    identifiers.contains { $0.contains(secret) }
  }

  /// A pass over bytes that were redacted already, which replaces what is held at this moment; secrets found later are
  /// not in it.
  package func makeSweep() -> SecretSweep {
    SecretSweep(known: snapshot)
  }

  /// A look for what is held at this moment.
  package func makeSearch() -> SecretSearch {
    SecretSearch(known: snapshot)
  }
}

extension [UInt8] {
  fileprivate func contains(_ part: UnsafeRawBufferPointer) -> Bool {
    guard part.count <= count else { return false }
    return (0...(count - part.count)).contains { self[$0..<$0 + part.count].elementsEqual(part) }
  }
}

extension TokenSigner {
  /// The whole token of a text.
  func marker(of text: [UInt8], kind: String) -> [UInt8] {
    var marker = Array("[REDACTED:\(kind):".utf8)
    text.withUnsafeBytes { appendCode(of: $0, to: &marker) }
    return marker + [UInt8(ascii: "]")]
  }
}
