/// A unit that a number in the file needs, with its size in the base unit.
protocol QuantityUnit: CaseIterable, RawRepresentable<String>, Sendable {
  /// How many base units it is. The cases are in the order of it.
  var factor: Int64 { get }
  /// What people write for it elsewhere, in lower case.
  var aliases: [String] { get }
  /// The unit with the factor 1.
  static var base: Self { get }
  /// Such as `a duration`.
  static var name: String { get }
}

/// Units of durations; the base unit is the second.
enum DurationUnit: String, QuantityUnit {
  case second = "s"
  case minute = "m"
  case hour = "h"
  case day = "d"

  static let base = second
  static let name = "a duration"

  var factor: Int64 {
    switch self {
    case .second: 1
    case .minute: 60
    case .hour: 3600
    case .day: 86_400
    }
  }

  var aliases: [String] {
    switch self {
    case .second: ["s", "sec", "secs", "second", "seconds"]
    case .minute: ["m", "min", "mins", "minute", "minutes"]
    case .hour: ["h", "hr", "hrs", "hour", "hours"]
    case .day: ["d", "day", "days"]
    }
  }
}

/// Units of sizes; the base unit is the byte.
enum SizeUnit: String, QuantityUnit {
  case byte = "B"
  case kibibyte = "KiB"
  case mebibyte = "MiB"
  case gibibyte = "GiB"

  static let base = byte
  static let name = "a size"

  var factor: Int64 {
    switch self {
    case .byte: 1
    case .kibibyte: 1 << 10
    case .mebibyte: 1 << 20
    case .gibibyte: 1 << 30
    }
  }

  var aliases: [String] {
    switch self {
    case .byte: ["b", "byte", "bytes"]
    case .kibibyte: ["k", "kb", "kib"]
    case .mebibyte: ["m", "mb", "mib"]
    case .gibibyte: ["g", "gb", "gib"]
    }
  }
}

extension QuantityUnit {
  /// The unit in which `amount` is a whole number that people would write: 3600 s are `60m`, 86,400 s `24h`.
  static func natural(for amount: Int64) -> Self {
    allCases.reversed().first { amount % $0.factor == 0 && amount / $0.factor >= 2 } ?? base
  }

  static func render(_ amount: Int64) -> String {
    let unit = allCases.reversed().first { amount % $0.factor == 0 && amount >= $0.factor } ?? base
    return "\(amount / unit.factor)\(unit.rawValue)"
  }

  static func words(_ range: ClosedRange<Int64>) -> String {
    "\(render(range.lowerBound)) to \(render(range.upperBound))"
  }
}

/// Reads a number with its unit, in the base unit. `preferred` is proposed where the unit is missing.
func quantity<Unit: QuantityUnit>(
  _ text: String, _ units: Unit.Type, in range: ClosedRange<Int64>, preferred: Unit
) throws(Complaint) -> Int64 {
  let digits = text.prefix { ("0"..."9").contains($0) }
  let symbol = text[digits.endIndex...].drop { $0 == " " }
  guard !digits.isEmpty else { throw malformed() }
  guard !symbol.isEmpty else {
    throw Complaint("\(quoted(text)) has no unit; write \"\(digits)\(preferred.rawValue)\"")
  }
  guard let unit = Unit(rawValue: String(symbol)) else {
    let meant = Unit.allCases.first { $0.aliases.contains(symbol.lowercased()) }
    guard let meant else { throw malformed() }
    throw Complaint("\(quoted(text)) has no known unit; write \"\(digits)\(meant.rawValue)\"")
  }
  guard let value = Int64(digits) else { throw outOfRange() }
  let (amount, overflow) = value.multipliedReportingOverflow(by: unit.factor)
  guard !overflow, range.contains(amount) else { throw outOfRange() }
  return amount

  func malformed() -> Complaint {
    let symbols = Unit.allCases.map(\.rawValue).joined(separator: ", ")
    return Complaint("\(quoted(text)) is not \(Unit.name); write a whole number and one of \(symbols)")
  }

  func outOfRange() -> Complaint {
    Complaint("\(quoted(text)) is out of range; write \(Unit.words(range))")
  }
}

extension Duration {
  static func minutes(_ count: Int64) -> Duration { .seconds(count * 60) }
  static func hours(_ count: Int64) -> Duration { .seconds(count * 3600) }
  static func days(_ count: Int64) -> Duration { .seconds(count * 86_400) }
}

extension Int {
  static func kibibytes(_ count: Int) -> Int { count << 10 }
  static func mebibytes(_ count: Int) -> Int { count << 20 }
  static func gibibytes(_ count: Int) -> Int { count << 30 }
}
