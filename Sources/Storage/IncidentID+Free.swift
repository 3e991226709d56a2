internal import Evidence
internal import GRDB

extension IncidentID {
  /// `base`, or with a number behind it where there is an incident of that id: `base.2`.
  ///
  /// A storm opens hundreds of incidents within the second that their ids are made of: the number is not looked for from
  /// 2 on each time.
  static func free(_ base: String, in database: Database) throws -> String {
    guard try Incident.exists(database, key: base) else { return base }
    let stem = base.prefix(maximumBytes - 6)
    // Ids that begin with the stem and a dot: "/" comes next after it.
    let taken =
      try Int.fetchOne(
        database, sql: "SELECT COUNT(*) FROM incident WHERE id > ? AND id < ?",
        arguments: ["\(stem).", "\(stem)/"]) ?? 0
    var number = taken + 2
    while try Incident.exists(database, key: "\(stem).\(number)") { number += 1 }
    return "\(stem).\(number)"
  }
}
