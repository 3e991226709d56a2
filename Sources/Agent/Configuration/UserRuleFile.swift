package import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A site's own redaction rules: `/etc/exhibit/redaction.d/*.yaml`.
package enum UserRuleFile {
  /// Files that the directory may have.
  private static let limit = 256

  /// Reads the rules of all files `*.yaml` of `directory`, in the order of their names. A directory that does
  /// not exist has none.
  ///
  /// - Throws: Every problem of all files at once.
  package static func load(directory: String) throws(ConfigurationErrors) -> [UserRule] {
    var rules: [UserRule] = []
    var problems: [ConfigurationProblem] = []
    for name in try fileNames(in: directory) {
      let path = "\(directory)/\(name)"
      do throws(ConfigurationErrors) {
        let text = try ConfigurationFile.text(path: path, limit: AgentConfiguration.fileLimit)
        rules += try parse(text: text, file: path, after: rules)
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw ConfigurationErrors(problems: problems) }
    return rules
  }

  /// Checks `text`, and calls it `file` in problems. The ids differ from those of `others`, the rules of
  /// other files.
  ///
  /// - Throws: Every problem of the text at once.
  package static func parse(
    text: String, file: String, after others: [UserRule] = []
  ) throws(ConfigurationErrors) -> [UserRule] {
    let document = ConfigurationDocument(text: text, file: file)
    var ids = Set(others.map(\.id))
    var found: [(rule: UserRule, section: Section)] = []
    document.read { root in
      found =
        root.sections("rules", of: "rules") { section in
          rule(section, ids: &ids).map { ($0, section) }
        } ?? []
    }
    check(found)
    try document.throwProblems()
    return found.map(\.rule)
  }

  /// Names that end in `.yaml`, sorted by their bytes.
  private static func fileNames(in directory: String) throws(ConfigurationErrors) -> [String] {
    do throws(Complaint) {
      guard let handle = opendir(directory) else {
        guard errno == ENOENT else { throw ConfigurationFile.complaint(errno) }
        return []
      }
      defer { closedir(handle) }
      return try fileNames(handle)
    } catch {
      throw ConfigurationErrors(problems: [ConfigurationProblem(file: directory, message: error.message)])
    }
  }

  /// Editors' and packages' leftovers are passed over, but not a slip that would leave secrets in place.
  private static func fileNames(_ handle: OpaquePointer) throws(Complaint) -> [String] {
    var names: [String] = []
    errno = 0
    while let entry = readdir(handle) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasPrefix(".") { continue }
      guard !name.lowercased().hasSuffix(".yml") else {
        throw Complaint("\(quoted(name)) is not read; rename it to end in \".yaml\"")
      }
      if name.hasSuffix(".yaml") { names.append(name) }
      guard names.count <= limit else { throw Complaint("more than \(limit) files; put rules together") }
    }
    guard errno == 0 else { throw ConfigurationFile.complaint(errno) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// `nil` where something of the rule was missing or wrong: the problem is reported.
  private static func rule(_ section: Section, ids: inout Set<String>) -> UserRule? {
    let id = section.required("id", checkRuleID)
    let matcher = matcher(section)
    // What an example says is for the rule to find, and never for a message.
    let examples = section.list("examples", of: "texts") { text throws(Complaint) in text }
    let counterexamples = section.list("counterexamples", of: "texts") { text throws(Complaint) in text }
    guard let id, let matcher else { return nil }
    guard ids.insert(id).inserted else {
      section.report("id", "\(quoted(id)) is the id of another rule; give each its own")
      return nil
    }
    return UserRule(
      id: id, matcher: matcher, examples: examples ?? [], counterexamples: counterexamples ?? [])
  }

  /// Reports each rule that the rule set refuses: it names one at a time, so the others are tried again.
  private static func check(_ found: [(rule: UserRule, section: Section)]) {
    var rest = found
    while true {
      do throws(RuleError) {
        _ = try RuleSet.builtIn.adding(rest.map(\.rule))
        return
      } catch {
        guard let index = rest.firstIndex(where: { $0.rule.id == error.rule }) else { return }
        rest.remove(at: index).section.report("id", error.problem)
      }
    }
  }

  private static func matcher(_ section: Section) -> UserRule.Matcher? {
    let keys = section.list("keys", of: "key names", allowEmpty: false, notEmpty)
    guard section.has("prefix") else {
      if !section.has("keys") {
        section.report("prefix", "is missing; add it, or \"keys\" for the names of keys")
      }
      return keys.map { .key($0) }
    }
    if section.has("keys") { section.report("keys", "stands beside \"prefix\"; make two rules of it") }
    let prefix = section.required("prefix", notEmpty)
    let alphabet = section.required("alphabet", oneOf(UserRule.Alphabet.self))
    let length = section.required("minimum_length", wholeNumber(in: 1...4096))
    guard let prefix, let alphabet, let length else { return nil }
    return .prefix(prefix, alphabet: alphabet, minimumLength: length)
  }
}
