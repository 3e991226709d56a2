/// Why the config history cannot be used, and what to do about it.
package struct ConfigHistoryError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The database file concerned.
  package let path: String
  /// What was wrong and how it may be remedied; never captured bytes.
  package let description: String

  init(path: String, problem: String, remedy: String) {
    self.path = path
    description = "config history \(path): \(problem); \(remedy)"
  }

  init(call: String, path: String, code: Int32) {
    self.init(
      path: path, problem: "\(call): \(errorText(code))",
      remedy: "check the folder's owner, mode and free space")
  }
}
