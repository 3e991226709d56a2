internal import Redaction

/// Names of files as they are stored and shown: a secret in one is a token, which the host's key makes. So the same name
/// is always stored the same, and names that differ in their secrets only differ in their tokens.
///
/// Each component of a path is redacted by itself, and nothing that was found elsewhere is looked for: what a name becomes
/// depends on the name, the rules and the key alone, else a file would seem to vanish and come again.
struct StoredNames: ~Copyable {
  private var redactor: RecordRedactor

  init(_ redactor: Redactor) {
    self.redactor = redactor.withoutMemory().makeRecordRedactor()
  }

  /// The stored form of one component.
  mutating func name(_ name: [UInt8]) -> [UInt8] {
    let redacted = name.withUnsafeBytes { redactor.redact($0) }
    return redacted.withUnsafeBytes { Array($0) }
  }

  /// The stored form of a normalised path.
  mutating func path(_ path: [UInt8]) -> [UInt8] {
    var stored: [UInt8] = []
    for component in path.split(separator: slash) { stored += [slash] + name(Array(component)) }
    return stored.isEmpty ? [slash] : stored
  }
}
