internal import Yams

/// What is wrong with a value: a sentence of the form "what; remedy".
struct Complaint: Error {
  var message: String

  init(_ message: String) {
    self.message = message
  }
}

/// Reads one mapping of the file: each method asks for a setting, checks it, and leaves the default where the
/// file says nothing. What nobody asked for is an unknown setting.
final class Section {
  /// One setting as it stands in the file.
  struct Entry {
    var key: String
    var line: Int?
    var node: Node
  }

  private let document: ConfigurationDocument
  /// `tokens[0]`; empty at the root.
  private let path: String
  /// `path` without indices: `tokens[]`.
  private let pattern: String
  private let line: Int?
  private let entries: [Entry]
  private var known: [String] = []

  /// `nil` where `node` is no mapping: the problem is reported. Nothing is an empty mapping.
  init?(document: ConfigurationDocument, path: String, pattern: String, line: Int?, node: Node?) {
    let entries = Section.entries(of: node, document: document, path: path, line: line)
    guard let entries else { return nil }
    self.document = document
    self.path = path
    self.pattern = pattern
    self.line = line
    self.entries = entries
  }

  /// Reports what was not asked for.
  func finish() {
    for entry in entries where !known.contains(entry.key) {
      document.reportUnknown(line: entry.line, path: full(entry.key), key: entry.key, known: known)
    }
  }

  /// Whether the file has the setting, be it right or wrong.
  func has(_ key: String) -> Bool {
    entries.contains { $0.key == key }
  }

  /// Reports a problem of the setting `key` of this section.
  func report(_ key: String, _ message: String) {
    let entry = entries.first { $0.key == key }
    document.report(line: entry?.line ?? line, key: full(key), message)
  }

  /// Reports that the setting `key` has to be there.
  func reportMissing(_ key: String) {
    report(key, "is missing; add it")
  }

  // MARK: Values

  /// One scalar, by a parser of its own.
  func value<Value>(_ key: String, into value: inout Value, _ parse: (String) throws(Complaint) -> Value) {
    guard let entry = ask(key), let parsed = parsed(entry.node, entry.line, full(key), parse) else { return }
    value = parsed
  }

  /// As `value(_:into:_:)`, for a setting that has no default.
  func required<Value>(_ key: String, _ parse: (String) throws(Complaint) -> Value) -> Value? {
    guard let entry = ask(key) else {
      reportMissing(key)
      return nil
    }
    return parsed(entry.node, entry.line, full(key), parse)
  }

  /// A list of scalars, each checked by `parse`; `nil` where the file has none, or a wrong one.
  func list<Value>(
    _ key: String, of kind: String, allowEmpty: Bool = true, _ parse: (String) throws(Complaint) -> Value
  ) -> [Value]? {
    guard let entry = ask(key), let items = items(entry, kind) else { return nil }
    guard allowEmpty || !items.isEmpty else {
      report(key, "the list is empty; name at least one")
      return nil
    }
    return items.enumerated().compactMap { index, item in
      parsed(item, item.mark?.line, "\(full(key))[\(index)]", parse)
    }
  }

  /// A mapping of settings; where the file has none, or an empty one, `read` finds nothing in it.
  func section(_ key: String, _ read: (Section) -> Void) {
    let entry = ask(key)
    let section = Section(
      document: document, path: full(key), pattern: fullPattern(key), line: entry?.line, node: entry?.node)
    guard let section else { return }
    read(section)
    section.finish()
  }

  /// A list of mappings; `nil` where the file has none. Elements that are wrong are reported and left out.
  func sections<Element>(_ key: String, of kind: String, _ make: (Section) -> Element?) -> [Element]? {
    guard let entry = ask(key), let items = items(entry, kind) else { return nil }
    return items.enumerated().compactMap { index, item in
      let section = Section(
        document: document, path: "\(full(key))[\(index)]", pattern: "\(fullPattern(key))[]",
        line: item.mark?.line, node: item)
      guard let section else { return nil }
      defer { section.finish() }
      return make(section)
    }
  }

  // MARK: Steps

  private func full(_ key: String) -> String {
    path.isEmpty ? key : "\(path).\(key)"
  }

  private func fullPattern(_ key: String) -> String {
    pattern.isEmpty ? key : "\(pattern).\(key)"
  }

  private func ask(_ key: String) -> Entry? {
    known.append(key)
    document.asked(for: fullPattern(key))
    return entries.first { $0.key == key }
  }

  private func parsed<Value>(
    _ node: Node, _ line: Int?, _ path: String, _ parse: (String) throws(Complaint) -> Value
  ) -> Value? {
    do throws(Complaint) {
      guard case .scalar(let scalar) = node else {
        throw Complaint("expected one value, found \(node.words); write a single value")
      }
      guard !node.isNothing else {
        throw Complaint("has no value; write one, or remove the line for the default")
      }
      return try parse(scalar.string)
    } catch {
      document.report(line: line, key: path, error.message)
      return nil
    }
  }

  private func items(_ entry: Entry, _ kind: String) -> [Node]? {
    if case .sequence(let sequence) = entry.node { return Array(sequence) }
    document.report(
      line: entry.line, key: full(entry.key),
      "expected a list of \(kind), found \(entry.node.words); write [first, second], or [] for none")
    return nil
  }

  private static func entries(
    of node: Node?, document: ConfigurationDocument, path: String, line: Int?
  ) -> [Entry]? {
    guard let node, !node.isNothing else { return [] }
    let name = path.isEmpty ? nil : path
    guard case .mapping(let mapping) = node else {
      document.report(
        line: line ?? node.mark?.line, key: name,
        "expected settings, found \(node.words); write one \"key: value\" a line")
      return nil
    }
    return mapping.compactMap { key, value in
      if case .scalar(let scalar) = key {
        return Entry(key: scalar.string, line: scalar.mark?.line, node: value)
      }
      document.report(
        line: key.mark?.line, key: name,
        "expected the name of a setting, found \(key.words); write one \"key: value\" a line")
      return nil
    }
  }
}

extension Node {
  /// Whether the file has a key without a value.
  fileprivate var isNothing: Bool {
    guard case .scalar(let scalar) = self else { return false }
    return scalar.style == .plain && scalar.string.isEmpty
  }

  /// What a node is, in the words of a reader who does not know YAML's.
  fileprivate var words: String {
    switch self {
    case .sequence: "a list"
    case .mapping: "settings"
    case .alias: "an alias"
    case .scalar where isNothing: "nothing"
    case .scalar(let scalar) where scalar.style != .plain: "a text"
    case .scalar(let scalar) where scalar.string == "true" || scalar.string == "false": scalar.string
    case .scalar(let scalar) where Double(scalar.string) != nil: "a number"
    case .scalar: "a text"
    }
  }
}
