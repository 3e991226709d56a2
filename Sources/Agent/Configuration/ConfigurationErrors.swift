/// One thing that is wrong with a configuration file, and how to put it right.
package struct ConfigurationProblem: Equatable, Sendable, Codable, CustomStringConvertible {
  package var file: String
  /// From 1; `nil` where the problem is the file itself.
  package var line: Int?
  /// The setting: `journal.units[2]`; `nil` where the problem is not that of a setting.
  package var key: String?
  /// What is wrong; after a semicolon, the remedy.
  package var message: String

  /// `exhibit.yaml:14: capture.window: "15" has no unit; write "15m"`.
  package var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    return key.map { "\(place): \($0): \(message)" } ?? "\(place): \(message)"
  }
}

/// Everything that is wrong with the configuration, in the order of the lines.
package struct ConfigurationErrors: Error, Equatable, Sendable, CustomStringConvertible {
  /// Never empty.
  package var problems: [ConfigurationProblem]

  /// One line for each problem.
  package var description: String {
    problems.map(\.description).joined(separator: "\n")
  }
}
