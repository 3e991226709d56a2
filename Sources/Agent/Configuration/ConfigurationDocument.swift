internal import Yams

/// One YAML text while it is read: its tree, the settings that were asked for, and the problems so far.
///
/// YAML's own typing is switched off: every scalar is the text that stands in the file, and the reader of
/// the setting says what it has to be. (`off`, `no` and `1:30` mean what they look like.)
final class ConfigurationDocument {
  let file: String
  /// The settings that were asked for, without indices: `tokens[].name`.
  private(set) var settings: [String] = []
  private var problems: [ConfigurationProblem]
  private var unknown: [(line: Int?, path: String, key: String, known: [String])] = []
  private let root: Node?

  init(text: String, file: String) {
    self.file = file
    var source = YAMLSource(text: text)
    root = source.compose()
    problems = source.problems.map {
      ConfigurationProblem(file: file, line: $0.line, key: $0.key, message: $0.message)
    }
  }

  /// Reads the document's settings by `body`, and reports those that `body` did not ask for.
  func read(_ body: (Section) -> Void) {
    let section = Section(document: self, path: "", pattern: "", line: nil, node: root)
    guard let section else { return }
    body(section)
    section.finish()
    reportUnknown()
  }

  func throwProblems() throws(ConfigurationErrors) {
    guard !problems.isEmpty else { return }
    let sorted = problems.enumerated().sorted { left, right in
      (left.element.line ?? 0, left.offset) < (right.element.line ?? 0, right.offset)
    }
    throw ConfigurationErrors(problems: sorted.map(\.element))
  }

  func report(line: Int?, key: String?, _ message: String) {
    problems.append(ConfigurationProblem(file: file, line: line, key: key, message: message))
  }

  func asked(for setting: String) {
    if !settings.contains(setting) { settings.append(setting) }
  }

  func reportUnknown(line: Int?, path: String, key: String, known: [String]) {
    unknown.append((line, path, key, known))
  }

  /// Done at the end, when it is known what other sections have.
  private func reportUnknown() {
    for (line, path, key, known) in unknown {
      report(line: line, key: printable(path), "unknown setting; \(remedy(for: key, known: known))")
    }
  }

  private func remedy(for key: String, known: [String]) -> String {
    if let near = nearest(to: key, in: known) { return "did you mean \"\(near)\"?" }
    let elsewhere = settings.filter { ($0.hasSuffix(".\(key)") || $0 == key) && !$0.contains("[]") }
    guard elsewhere.isEmpty else {
      return "did you mean " + elsewhere.map { "\"\($0)\"" }.joined(separator: " or ") + "?"
    }
    return "known here: " + known.joined(separator: ", ")
  }
}

/// A text from the file in quotes.
func quoted(_ text: String) -> String {
  "\"\(printable(text))\""
}

/// A text from the file as it may stand in a message: on one line, without control characters, and not long.
func printable(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars.prefix(80) {
    result.unicodeScalars.append(scalar.properties.isPrintable ? scalar : "\u{FFFD}")
  }
  return text.unicodeScalars.dropFirst(80).isEmpty ? result : result + "…"
}

extension Unicode.Scalar.Properties {
  /// Neither a control nor a format character (bidirectional overrides among them) nor a line separator.
  fileprivate var isPrintable: Bool {
    switch generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }
}
