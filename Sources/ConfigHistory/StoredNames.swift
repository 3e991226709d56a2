internal import Crypto
internal import FoundationEssentials
internal import Redaction

/// Names of files as they are stored and shown: a secret in one is a token, which the host's key makes. So the same name
/// is always stored the same, and names that differ in their secrets only differ in their tokens.
///
/// Each component of a path is redacted by itself. What it becomes depends on the name, the rules and the key, else a file
/// would seem to vanish and come again. A secret that only its value gives away, because it was found elsewhere, is the
/// exception: what such a name became is kept, see `HiddenNames`.
struct StoredNames: ~Copyable {
  private var redactor: RecordRedactor
  private let found: FoundSecrets?
  private var search: SecretSearch?
  private(set) var hidden: HiddenNames

  init(_ redactor: Redactor, hidden: HiddenNames) {
    self.redactor = redactor.withoutMemory().makeRecordRedactor()
    found = redactor.found
    search = redactor.found?.makeSearch()
    self.hidden = hidden
  }

  /// The stored form of one component.
  mutating func name(_ name: [UInt8]) -> [UInt8] {
    if let known = hidden[name] { return known }
    let redacted = name.withUnsafeBytes { redactor.redact($0) }
    let stored = redacted.withUnsafeBytes { Array($0) }
    if stored != name, let known = hidden[stored] { return known }
    let isFound = redacted.withUnsafeBytes {
      search?.finds(in: $0, before: $0.count, endingAfter: 0) ?? false
    }
    guard isFound, let swept = swept(redacted), swept != stored else { return stored }
    hidden.add(name, as: swept)
    return swept
  }

  private func swept(_ name: Redacted) -> [UInt8]? {
    guard var sweep = found?.makeSweep() else { return nil }
    var output: [UInt8] = []
    func take(_ part: Redacted) { part.withUnsafeBytes { output += $0 } }
    name.withUnsafeBytes { sweep.write($0, take) }
    sweep.finish(take)
    return output
  }

  /// The stored form of a normalised path.
  mutating func path(_ path: [UInt8]) -> [UInt8] {
    var stored: [UInt8] = []
    for component in path.split(separator: slash) { stored += [slash] + name(Array(component)) }
    return stored.isEmpty ? [slash] : stored
  }

  /// The names that were hidden since the last time.
  mutating func takeAdded() -> [HiddenNames.Name] { hidden.takeAdded() }
}

/// What names became that hold a secret which was found elsewhere: by their keyed hash, so that a process that does not
/// know the secret stores them the same.
struct HiddenNames {
  struct Name {
    /// HMAC of the name.
    var hash: Data
    /// With the token.
    var stored: [UInt8]
  }

  private let key: SymmetricKey
  private var names: [Data: [UInt8]]
  private var added: [Name] = []

  init(_ names: [Name], key: SymmetricKey) {
    self.names = Dictionary(names.map { ($0.hash, $0.stored) }, uniquingKeysWith: { first, _ in first })
    self.key = key
  }

  subscript(name: [UInt8]) -> [UInt8]? {
    names.isEmpty ? nil : names[hash(name)]
  }

  mutating func add(_ name: [UInt8], as stored: [UInt8]) {
    let name = Name(hash: hash(name), stored: stored)
    names[name.hash] = stored
    added.append(name)
  }

  mutating func takeAdded() -> [Name] {
    defer { added = [] }
    return added
  }

  private func hash(_ name: [UInt8]) -> Data {
    Data(HMAC<SHA256>.authenticationCode(for: Array("name ".utf8) + name, using: key))
  }
}
