internal import Evidence

/// What one look at the host saw beside files: the value of each name, by kind.
struct HostSample: Sendable {
  /// Of one kind; what comes after it in byte order of the names is left out, with a gap.
  static let maximumNames = 5000
  /// Of a name or a value, in bytes; longer ones are cut.
  static let maximumBytes = 2048

  /// A kind that could not be looked at is not here, and keeps its last values.
  private(set) var kinds: [SettingChange.Kind: [String: String]] = [:]
  private(set) var collector = GapCollector()

  var gaps: [Gap] { collector.gaps }

  mutating func add(_ kind: SettingChange.Kind, _ path: String, _ values: [String: String]) {
    var values = values
    if values.count > Self.maximumNames {
      collector.add(
        .budget, "\(path): \(values.count - Self.maximumNames) of \(values.count) are not recorded")
      let kept = values.sorted { $0.key < $1.key }.prefix(Self.maximumNames)
      values = Dictionary(uniqueKeysWithValues: kept.map { ($0.key, $0.value) })
    }
    kinds[kind] = values
  }

  mutating func fail(_ path: String, _ failure: SystemFailure) {
    collector.add(failure, Array(path.utf8))
  }

  mutating func note(_ cause: GapCause, _ text: String) {
    collector.add(cause, text)
  }
}
