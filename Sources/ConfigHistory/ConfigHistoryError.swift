/// Why the config history cannot be used, and what to do about it.
package struct ConfigHistoryError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The database file concerned.
  package let path: String
  /// What was wrong and how it may be remedied; never captured bytes.
  package let description: String
  /// The system's error, 0 where it was none of a call.
  package let code: Int32

  init(path: String, problem: String, remedy: String, code: Int32 = 0) {
    self.path = path
    self.code = code
    description = "config history \(path): \(problem); \(remedy)"
  }

  init(call: String, path: String, code: Int32) {
    self.init(
      path: path, problem: "\(call): \(errorText(code))",
      remedy: "check the folder's owner, mode and free space", code: code)
  }
}
