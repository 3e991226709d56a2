/// The kernel's own settings among the changes of a window: its command line, and the values of sysctl(8).
struct KernelSettings {
  static let commandLine = "/proc/cmdline"
  private static let parameters = "/proc/sys/"

  /// - Parameters:
  ///   - change: of any path.
  ///   - text: the content of a state, `nil` where it is not kept.
  /// - Returns: none where the change is of another path, or its contents are not kept.
  /// - Throws: what `text` throws.
  static func changes(
    by change: ConfigChange, text: (FileState) throws(ConfigHistoryError) -> String?
  ) throws(ConfigHistoryError) -> [SettingChange] {
    guard change.path == commandLine || change.path.hasPrefix(parameters) else { return [] }
    let states = [change.before, change.after]
    let texts = try states.map { state throws(ConfigHistoryError) in
      guard let state, state.type == .file else { return String?.none }
      return try text(state)
    }
    // A value that is not kept is no absence.
    guard zip(states, texts).allSatisfy({ $0?.type != .file || $1 != nil }) else { return [] }
    if change.path == commandLine { return commandLine(texts[0] ?? "", texts[1] ?? "", change) }
    guard states.contains(where: { $0?.type == .file }) else { return [] }
    return [
      SettingChange(
        .sysctl, name(of: change.path), before: texts[0].map(value), after: texts[1].map(value), by: change)
    ]
  }

  /// sysctl.d(5): slashes and dots change places.
  private static func name(of path: String) -> String {
    String(path.dropFirst(parameters.count).map { $0 == "/" ? "." : $0 == "." ? "/" : $0 })
  }

  private static func value(_ text: String) -> String {
    text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  private static func commandLine(_ old: String, _ new: String, _ change: ConfigChange) -> [SettingChange] {
    let (old, new) = (parameters(of: old), parameters(of: new))
    return Set(old.keys).union(new.keys).sorted().compactMap { name in
      let (before, after) = (old[name]?.joined(separator: " "), new[name]?.joined(separator: " "))
      return before == after
        ? nil : SettingChange(.kernelParameter, name, before: before, after: after, by: change)
    }
  }

  /// Words, in which double quotes keep blanks together (`next_arg`, lib/cmdline.c); a word without `=` has an
  /// empty value.
  private static func parameters(of line: String) -> [String: [String]] {
    var words: [String] = [""]
    var isQuoted = false
    for character in line {
      if character == "\"" { isQuoted.toggle() }
      if character.isWhitespace, !isQuoted {
        words.append("")
      } else {
        words[words.count - 1].append(character)
      }
    }
    var parameters: [String: [String]] = [:]
    for word in words where !word.isEmpty {
      let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      parameters[String(parts[0]), default: []].append(parts.count > 1 ? String(parts[1]) : "")
    }
    return parameters
  }
}
