package import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What a site's files of rules hold.
package struct UserRules: Sendable {
  /// The rules, in the order of the files' names.
  package internal(set) var rules: [UserRule] = []
  /// What may stay.
  package internal(set) var allowances: [Allowance] = []
  /// What is wrong with rules that were left out, in files with `strict: false`.
  package internal(set) var warnings: [ConfigurationProblem] = []

  /// The built-in rules with these.
  /// - Throws: `RuleError`; none for rules that `UserRuleFile` has checked.
  package func ruleSet() throws(RuleError) -> RuleSet {
    try RuleSet.builtIn.adding(rules).allowing(allowances)
  }
}

/// A site's own redaction rules: `/etc/exhibit/redaction.d/*.yaml`.
package enum UserRuleFile {
  /// Files that the directory may have.
  private static let limit = 256

  /// Reads the rules of all files `*.yaml` of `directory`, in the order of their names. A directory that does
  /// not exist has none.
  ///
  /// - Throws: Every problem of all files at once.
  package static func load(directory: String) throws(ConfigurationErrors) -> [UserRule] {
    try loadAll(directory: directory).rules
  }

  /// Reads rules and allowances of all files `*.yaml` of `directory`, in the order of their names.
  ///
  /// - Throws: Every problem of all files at once, but for those with `strict: false`.
  package static func loadAll(directory: String) throws(ConfigurationErrors) -> UserRules {
    var found = UserRules()
    var problems: [ConfigurationProblem] = []
    for name in try fileNames(in: directory) {
      let path = "\(directory)/\(name)"
      do throws(ConfigurationErrors) {
        let text = try ConfigurationFile.text(path: path, limit: AgentConfiguration.fileLimit)
        try read(text: text, file: path, into: &found)
      } catch {
        problems += error.problems
      }
    }
    guard problems.isEmpty else { throw ConfigurationErrors(problems: problems) }
    return found
  }

  /// Checks `text`, and calls it `file` in problems. The ids differ from those of `others`, the rules of
  /// other files.
  ///
  /// - Throws: Every problem of the text at once.
  package static func parse(
    text: String, file: String, after others: [UserRule] = []
  ) throws(ConfigurationErrors) -> [UserRule] {
    var found = UserRules()
    found.rules = others
    try read(text: text, file: file, into: &found)
    return Array(found.rules.dropFirst(others.count))
  }

  /// Adds what a file holds.
  ///
  /// - Throws: Every problem of the file, unless it says `strict: false`: then the rules without a problem count, and no
  ///   allowance does, since one that is misspelt would let more pass than it was to.
  package static func read(text: String, file: String, into all: inout UserRules) throws(ConfigurationErrors)
  {
    let document = ConfigurationDocument(text: text, file: file)
    var ids = Set(all.rules.map(\.id))
    var found: [(rule: UserRule, section: Section)] = []
    var allowances: [(allowance: Allowance, section: Section)] = []
    var isStrict = true
    var isRead = false
    document.read { root in
      isRead = true
      root.bool("strict", into: &isStrict)
      found =
        root.sections("rules", of: "rules") { section in
          rule(section, ids: &ids).map { ($0, section) }
        } ?? []
      allowances =
        root.sections("allow", of: "allowances") { section in allowance(section).map { ($0, section) } } ?? []
    }
    let good = check(found, after: all.rules)
    all.rules += good
    let allowed = check(allowances, rules: all.rules)
    do throws(ConfigurationErrors) {
      try document.throwProblems()
      all.allowances += allowed
    } catch {
      // A file that is no YAML has no rules of which some could be good.
      guard isRead, !isStrict else { throw error }
      all.warnings += error.problems
    }
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
}
