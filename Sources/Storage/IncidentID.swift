package import Evidence

/// What may name an incident: it becomes part of file names, URLs and commands.
package enum IncidentID {
  package static let maximumBytes = 64

  /// 1 to 64 of `[A-Za-z0-9._-]`, not beginning with a dot or a dash, without `--` (the separator of a
  /// bundle's name).
  package static func isValid(_ id: String) -> Bool {
    guard (1...maximumBytes).contains(id.utf8.count), let first = id.utf8.first else { return false }
    return id.utf8.allSatisfy(isAllowed) && first != UInt8(ascii: ".") && first != UInt8(ascii: "-")
      && !id.contains("--") && !id.hasSuffix("-")
  }

  /// A readable id where the source has none: `alertmanager-20261124T034934Z`.
  package static func make(source: String, at time: Timestamp) -> String {
    "\(source)-\(time.compact)"
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
