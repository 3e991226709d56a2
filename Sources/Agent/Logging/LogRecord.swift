package import Evidence
package import Logging

/// One log message on its way from the caller to the writer's thread.
package struct LogRecord: Equatable, Sendable {
  package var time: Timestamp
  package var level: Logger.Level
  package var message: String
  /// In the order in which they are printed.
  package var fields: [LogField]

  package init(time: Timestamp = .now(), level: Logger.Level, message: String, fields: [LogField] = []) {
    self.time = time
    self.level = level
    self.message = LogRecord.bounded(message)
    self.fields = fields
  }

  /// Bytes that a message or a value may have: 1024 waiting records stay a few megabytes.
  private static let limit = 8192

  /// The text, cut where it is too long.
  static func bounded(_ text: String) -> String {
    guard text.utf8.count > limit else { return text }
    return String(decoding: text.utf8.prefix(limit), as: UTF8.self) + "…"
  }
}

/// One piece of metadata: `incident.id` and its value as text.
package struct LogField: Equatable, Sendable {
  package var name: String
  package var value: String

  package init(name: String, value: String) {
    self.name = name
    self.value = LogRecord.bounded(value)
  }
}
