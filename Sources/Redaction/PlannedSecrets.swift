/// Secrets that are known to stand further on, in order.
struct PlannedSecrets {
  private var secrets: [(range: Range<Int>, rule: Int)] = []
  /// Where the first of them begins, or the largest number.
  private(set) var start = Int.max

  mutating func insert(_ range: Range<Int>, _ rule: Int) {
    let index = secrets.firstIndex { $0.range.lowerBound > range.lowerBound } ?? secrets.endIndex
    secrets.insert((range, rule), at: index)
    start = secrets.first?.range.lowerBound ?? .max
  }

  mutating func removeFirst() -> (range: Range<Int>, rule: Int)? {
    guard !secrets.isEmpty else { return nil }
    defer { start = secrets.first?.range.lowerBound ?? .max }
    return secrets.removeFirst()
  }
}
