package import Evidence

/// One condition on a signal: `severity = critical|page`, `service != checkout`, `labels.team = pay*`.
///
/// Case does not matter, `*` stands for any characters, `|` separates alternatives. What a signal does not have
/// fits no `=`, and every `!=`.
package struct SignalMatcher: Hashable, Sendable {
  /// What is looked at.
  package enum Subject: Hashable, Sendable {
    case source, severity, service, title
    case label(String)
  }

  /// Bytes of one matcher.
  package static let limit = 1024

  package let text: String
  private let subject: Subject
  private let isNegated: Bool
  private let alternatives: [[UInt8]]

  /// - Throws: `SignalMatcherError`, which says what to write.
  package init(_ text: String) throws(SignalMatcherError) {
    self.text = text
    guard text.utf8.count <= Self.limit else { throw .tooLong }
    guard let sign = text.firstIndex(of: "=") else { throw .noSign(text) }
    isNegated = text[..<sign].hasSuffix("!")
    let name = text[..<sign].dropLast(isNegated ? 1 : 0).trimmingSpaces
    subject = try Self.subject(name)
    alternatives = text[text.index(after: sign)...].split(separator: "|").map(\.trimmingSpaces)
      .filter { !$0.isEmpty }.map { Array($0.lowercased().utf8) }
    guard !alternatives.isEmpty else { throw .noValue(text) }
  }

  private static func subject(_ name: String) throws(SignalMatcherError) -> Subject {
    switch name {
    case "source": return .source
    case "severity": return .severity
    case "service": return .service
    case "title": return .title
    default:
      guard name.hasPrefix("labels."), name.utf8.count > 7 else { throw .unknownSubject(name) }
      return .label(String(name.dropFirst(7)))
    }
  }

  /// - Returns: whether the condition holds.
  package func matches(_ facts: SelectionFacts) -> Bool {
    let value =
      switch subject {
      case .source: facts.source
      case .severity: facts.severity
      case .service: facts.labels["service"]
      case .title: facts.title
      case .label(let name): facts.labels[name]
      }
    guard let value else { return isNegated }
    let bytes = Array(value.lowercased().utf8)
    return alternatives.contains { wildcard($0, matches: bytes) } != isNegated
  }
}

/// What matchers look at.
package struct SelectionFacts: Hashable, Sendable {
  package var source: String
  package var title: String
  package var severity: String?
  package var labels: [String: String]

  /// Of something that has a severity, if any, and nothing else.
  package init(severity: String?) {
    source = ""
    title = ""
    self.severity = severity
    labels = [:]
  }

  package init(_ signal: Signal) {
    source = signal.source
    title = signal.title
    severity = signal.severity
    labels = signal.labels
  }

  package init(_ incident: Incident) {
    source = incident.source
    title = incident.title
    severity = incident.severity
    labels = incident.labels
  }
}

/// Why a text is no matcher.
package enum SignalMatcherError: Error, Hashable, CustomStringConvertible {
  case noSign(String)
  case noValue(String)
  case unknownSubject(String)
  case tooLong

  package var description: String {
    switch self {
    case .noSign(let text): "\"\(text)\" has no \"=\" or \"!=\"; write it as in \"severity = critical\""
    case .noValue(let text): "\"\(text)\" has no value; write one behind the sign, \"*\" for any"
    case .unknownSubject(let name):
      "\"\(name)\" cannot be looked at; write source, severity, service, title or labels.NAME"
    case .tooLong: "the text is longer than \(SignalMatcher.limit) bytes; write several rules"
    }
  }
}

/// Patterns in which `*` stands for any characters.
package enum Wildcard {
  /// Whether all of `text` fits the pattern. Case matters.
  package static func matches(_ pattern: String, _ text: String) -> Bool {
    wildcard(Array(pattern.utf8), matches: Array(text.utf8))
  }
}

/// Whether all of `text` fits a pattern in which `*` stands for any bytes. It steps back to the latest star only, so
/// that the time is at most the product of the lengths.
func wildcard(_ pattern: [UInt8], matches text: [UInt8]) -> Bool {
  let star = UInt8(ascii: "*")
  var (place, index) = (0, 0)
  var restart: (place: Int, index: Int)?
  while index < text.count {
    if place < pattern.count, pattern[place] == star {
      place += 1
      restart = (place, index)
    } else if place < pattern.count, pattern[place] == text[index] {
      place += 1
      index += 1
    } else if let last = restart {
      place = last.place
      index = last.index + 1
      restart = (place, index)
    } else {
      return false
    }
  }
  return pattern[place...].allSatisfy { $0 == star }
}
