internal import Crypto
private import FoundationEssentials

#if canImport(Glibc)
  private import Glibc
#elseif canImport(Musl)
  private import Musl
#endif

/// What the host's owner lets pass: all that is given must hold.
package struct Allowance: Sendable, Equatable {
  /// Ids of rules; none stands for every rule.
  package let rules: [String]
  /// Values, as the eight letters of their token under this host's key, or as `sha256:` and 64 hexadecimal digits.
  package let values: [String]
  /// Globs of paths (fnmatch(3), where `*` also matches `/`).
  package let paths: [String]
  /// Globs of systemd units.
  package let units: [String]

  package init(rules: [String] = [], values: [String] = [], paths: [String] = [], units: [String] = []) {
    self.rules = rules
    self.values = values
    self.paths = paths
    self.units = units
  }

  /// Whether the allowance speaks about this place. One about places says nothing where no place is known.
  func covers(path: String?, unit: String?) -> Bool {
    isCovered(path, by: paths) && isCovered(unit, by: units)
  }

  private func isCovered(_ text: String?, by globs: [String]) -> Bool {
    guard !globs.isEmpty else { return true }
    guard let text else { return false }
    return globs.contains { fnmatch($0, text, 0) == 0 }
  }
}

/// The allowances that hold in one place, by the indices of the rules.
struct Exemptions: Sendable {
  private var isWholeRule: [Bool] = []
  private var values: [(rules: Set<Int>, values: Set<String>)] = []

  static let none = Exemptions()

  init() {}

  init(_ allowances: [Allowance], tables: Tables, path: String?, unit: String?) {
    let covering = allowances.filter { $0.covers(path: path, unit: unit) }
    guard !covering.isEmpty else { return }
    isWholeRule = Array(repeating: false, count: tables.rules.count)
    for allowance in covering {
      let rules =
        allowance.rules.isEmpty
        ? Set(tables.rules.indices) : Set(allowance.rules.compactMap { tables.indexOfRule[$0] })
      if allowance.values.isEmpty {
        for rule in rules { isWholeRule[rule] = true }
      } else {
        values.append((rules, Set(allowance.values)))
      }
    }
  }

  var isEmpty: Bool { isWholeRule.isEmpty }

  /// Whether a secret of this rule may stay.
  func allow(_ secret: UnsafeRawBufferPointer, rule: Int, signer: TokenSigner) -> Bool {
    guard !isEmpty else { return false }
    if isWholeRule[rule] { return true }
    guard values.contains(where: { $0.rules.contains(rule) }) else { return false }
    var code: [UInt8] = []
    signer.appendCode(of: secret, to: &code)
    let digits = Array("0123456789abcdef".utf8)
    let digest = SHA256.hash(data: secret).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    let names = [String(decoding: code, as: UTF8.self), "sha256:" + String(decoding: digest, as: UTF8.self)]
    return values.contains { $0.rules.contains(rule) && !$0.values.isDisjoint(with: names) }
  }
}
