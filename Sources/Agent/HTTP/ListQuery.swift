internal import Evidence
internal import Hummingbird

/// The query of a request, read strictly: a parameter that is misspelt must not list everything.
struct ListQuery {
  /// Elements of a page, where the query does not say; and at most.
  static let defaultLimit = 50
  static let largestLimit = 500
  /// Characters of a text.
  static let longestText = 256

  private let values: [String: String]

  /// - Throws: `Problem` that names a parameter which the route does not know, or which is given twice.
  init(_ request: Request, known: Set<String>) throws(Problem) {
    var values: [String: String] = [:]
    for (name, value) in request.uri.queryParameters where !(name.isEmpty && value.isEmpty) {
      guard known.contains(String(name)) else {
        let names = known.sorted().joined(separator: ", ")
        throw Problem(
          .badRequest, known.isEmpty ? "this route has no query" : "unknown query parameter; known: \(names)")
      }
      guard values.updateValue(String(value), forKey: String(name)) == nil else {
        throw Problem(.badRequest, "\(name) is given twice; give it once")
      }
    }
    self.values = values
  }

  /// The value; `nil` where it is not given.
  func text(_ name: String) throws(Problem) -> String? {
    guard let value = values[name] else { return nil }
    guard (1...Self.longestText).contains(value.unicodeScalars.count) else {
      throw Problem(
        .badRequest, "\(name) has to be 1 to \(Self.longestText) characters; leave it out for all")
    }
    return value
  }

  func choice<Choice>(_ name: String) throws(Problem) -> Choice?
  where Choice: CaseIterable & RawRepresentable<String> {
    guard let value = values[name] else { return nil }
    guard let choice = Choice(rawValue: value) else {
      let known = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw Problem(.badRequest, "\(name) has to be one of \(known)")
    }
    return choice
  }

  func flag(_ name: String) throws(Problem) -> Bool? {
    switch values[name] {
    case nil: return nil
    case "true": return true
    case "false": return false
    default: throw Problem(.badRequest, "\(name) has to be true or false")
    }
  }

  func time(_ name: String) throws(Problem) -> Timestamp? {
    guard let value = values[name] else { return nil }
    guard let time = Timestamp(rfc3339: value) else {
      throw Problem(.badRequest, "\(name) has to be an RFC 3339 time, like 2026-11-24T03:49:34Z")
    }
    return time
  }

  /// Elements of the page.
  func limit() throws(Problem) -> Int {
    guard let value = values["limit"] else { return Self.defaultLimit }
    guard value.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let limit = Int(value),
      (1...Self.largestLimit).contains(limit)
    else {
      throw Problem(.badRequest, "limit has to be a number from 1 to \(Self.largestLimit)")
    }
    return limit
  }
}
