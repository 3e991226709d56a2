extension AgentConfiguration {
  /// Bytes of a configuration file; the commented default has a hundredth of it.
  package static let fileLimit = 1 << 20

  /// Reads and checks the file at `path`.
  ///
  /// - Throws: Every problem of the file at once.
  package static func load(path: String) throws(ConfigurationErrors) -> AgentConfiguration {
    let text = try ConfigurationFile.text(path: path, limit: fileLimit)
    return try parse(text: text, file: path)
  }

  /// Checks `text`, and calls it `file` in problems. An empty text is the defaults.
  ///
  /// - Throws: Every problem of the text at once.
  package static func parse(text: String, file: String) throws(ConfigurationErrors) -> AgentConfiguration {
    let document = ConfigurationDocument(text: text, file: file)
    var configuration = AgentConfiguration()
    document.read { configuration.read($0) }
    try document.throwProblems()
    return configuration
  }

  /// Every setting that a file may have, in the order in which they are read: `journal.units`.
  package static var settings: [String] {
    let document = ConfigurationDocument(text: "", file: "")
    var configuration = AgentConfiguration()
    document.read { configuration.read($0) }
    return document.settings
  }
}
