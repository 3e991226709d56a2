/// Collects what a verification finds. Damage repeats itself: what is kept of it is bounded.
struct Findings {
  typealias CheckName = VerificationReport.CheckName
  static let maximumPerCheck = 100

  private(set) var problems: [VerificationReport.Problem] = []
  private var counts: [CheckName: Int] = [:]
  private var details: [CheckName: String] = [:]

  mutating func add(_ check: CheckName, at place: String, _ detail: String) {
    counts[check, default: 0] += 1
    guard counts[check, default: 0] <= Self.maximumPerCheck else { return }
    problems.append(.init(check: check, place: place, detail: detail))
  }

  /// Says what a check looked at. A check without a detail did not take place, which is a failure.
  mutating func conclude(_ check: CheckName, _ detail: String) {
    details[check] = detail
  }

  func hasProblem(_ check: CheckName) -> Bool {
    counts[check] != nil
  }

  var checks: [VerificationReport.Check] {
    CheckName.allCases.map { name in
      let count = counts[name] ?? 0
      let detail = count > 0 ? "\(count) problem\(count == 1 ? "" : "s")" : details[name] ?? "not reached"
      return .init(name: name, passed: count == 0 && details[name] != nil, detail: detail)
    }
  }
}
