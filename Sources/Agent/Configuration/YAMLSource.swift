internal import Yams

/// Turns text into a YAML tree whose size is bounded by that of the text, and reports what stands in the way.
///
/// Aliases are refused before they are expanded: nine lines of them make a tree of 10⁹ nodes. Of a key that
/// is set twice the second place is reported and blanked, so that the rest of the file is checked too.
struct YAMLSource {
  /// libyaml's, so that its line numbers are those of `lines`.
  private static let lineBreaks: Set<Character> = ["\n", "\r", "\r\n", "\u{85}", "\u{2028}", "\u{2029}"]

  private(set) var problems: [(line: Int?, key: String?, message: String)] = []
  private var lines: [Substring]

  init(text: String) {
    let start =
      text.unicodeScalars.first == "\u{FEFF}" ? text.unicodeScalars.dropFirst() : text.unicodeScalars[...]
    lines = Substring(start).split(omittingEmptySubsequences: false) { YAMLSource.lineBreaks.contains($0) }
  }

  /// `nil` for an empty text, and where a problem was reported that leaves nothing to read.
  mutating func compose() -> Node? {
    if let alias = firstAlias() {
      report(alias.line, nil, "the YAML alias \"*\(alias.name)\" is not supported; write the value out")
      return nil
    }
    for _ in 0..<32 {
      do {
        // The basic resolver leaves every scalar the text that it is.
        let root = try Yams.compose(yaml: lines.joined(separator: "\n"), .basic)
        root.map { reportTags($0) }
        return root
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        guard let key = keys.first, blankDuplicate(of: key, at: context.mark) else { return nil }
      } catch {
        reportSyntax(error)
        return nil
      }
    }
    return nil
  }

  /// An alias has the name of an anchor (`&name`, letters, digits, `_`, `-`); a text that has both signs with
  /// one name anywhere is taken for one, since comments and quotes are not understood here.
  private func firstAlias() -> (name: Substring, line: Int)? {
    var anchors: Set<Substring> = []
    for (index, line) in lines.enumerated() {
      for position in line.indices where line[position] == "&" || line[position] == "*" {
        let name = line[line.index(after: position)...].prefix {
          $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-")
        }
        if line[position] == "&" {
          if !name.isEmpty { anchors.insert(name) }
        } else if anchors.contains(name) {
          return (name, index + 1)
        }
      }
    }
    return nil
  }

  /// Reports the second place of `key` and takes it out of the text; false where it cannot be told.
  private mutating func blankDuplicate(of key: String, at first: Mark) -> Bool {
    let indent = first.column - 1
    let name = printable(key)
    guard let second = secondPlace(of: key, after: first.line, indent: indent) else {
      report(first.line, name, "set twice in one { … }; remove one of them")
      return false
    }
    report(second + 1, name, "set twice, first on line \(first.line); remove one of them")
    lines[second] = ""
    for index in lines.indices[(second + 1)...] {
      let content = lines[index].drop { $0 == " " }
      let depth = lines[index].count - content.count
      guard content.isEmpty || depth > indent || (depth == indent && content.hasPrefix("- ")) else { break }
      lines[index] = ""
    }
    return true
  }

  /// Index of the line on which a block mapping with its keys at column `indent` has `key` again.
  private func secondPlace(of key: String, after first: Int, indent: Int) -> Int? {
    for index in lines.indices[first...] {
      let content = lines[index].drop { $0 == " " }
      let depth = lines[index].count - content.count
      if content.isEmpty || content.hasPrefix("#") || depth > indent { continue }
      guard depth == indent else { return nil }
      let isKey = [key, "\"\(key)\"", "'\(key)'"].contains { form in
        content.hasPrefix(form) && content.dropFirst(form.count).drop { $0 == " " }.first == ":"
      }
      if isKey { return index }
    }
    return nil
  }

  /// `!secret name` means something to other programs; here it would be taken for the text `name`.
  private mutating func reportTags(_ node: Node) {
    let tag = node.tag.description
    if !YAMLSource.plainTags.contains(tag) {
      report(node.mark?.line, nil, "the YAML tag \(quoted(tag)) is not supported; write the value without it")
    }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        reportTags(key)
        reportTags(value)
      }
    case .sequence(let sequence):
      for item in sequence { reportTags(item) }
    case .scalar, .alias:
      break
    }
  }

  private static let plainTags = ["", "!"] + ["str", "seq", "map"].map { "tag:yaml.org,2002:\($0)" }

  private mutating func report(_ line: Int?, _ key: String?, _ message: String) {
    problems.append((line, key, message))
  }

  private mutating func reportSyntax(_ error: any Error) {
    switch error {
    case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _):
      report(mark.line, nil, "not YAML: \(problem); check indentation, colons and quotes")
    case YamlError.composer(_, "found undefined alias", let mark, _):
      report(mark.line, nil, "a value that begins with \"*\" is an alias to YAML; put it in quotes")
    case YamlError.composer(_, _, let mark, _):
      report(mark.line, nil, "a second YAML document begins; keep one and remove the \"---\"")
    case YamlError.reader(let problem, let offset, _, let yaml):
      let line = offset.map { yaml.prefix($0).count { $0.isNewline } + 1 }
      report(line, nil, "not YAML: \(problem); save the file as plain UTF-8 text")
    default:
      report(nil, nil, "not YAML: \(error); check indentation, colons and quotes")
    }
  }
}
