internal import Evidence
internal import GRDB

extension IncidentID {
  /// `base`, or with a number behind it where there is an incident of that id: `base.2`.
  ///
  /// A storm opens hundreds of incidents within the second that their ids are made of: the number is not looked for from
  /// 2 on each time.
  static func free(_ base: String, in database: Database) throws -> String {
    guard try isTaken(base, in: database) else { return base }
    let stem = base.prefix(maximumBytes - 6)
    // Ids that begin with the stem and a dot: "/" comes next after it.
    let taken: Int =
      try database.value(
        "SELECT COUNT(*) FROM incident WHERE id > ? AND id < ?", ["\(stem).", "\(stem)/"]) ?? 0
    var number = taken + 2
    while try isTaken("\(stem).\(number)", in: database) { number += 1 }
    return "\(stem).\(number)"
  }

  private static func isTaken(_ id: String, in database: Database) throws -> Bool {
    try database.value("SELECT EXISTS (SELECT 1 FROM incident WHERE id = ?)", [id]) ?? false
  }
}
