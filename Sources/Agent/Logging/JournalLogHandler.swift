internal import Evidence
package import Logging

/// Hands log messages to a `LogWriter`; logging never waits for journald or a terminal.
package struct JournalLogHandler: LogHandler {
  package var logLevel: Logger.Level
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private let writer: LogWriter

  package init(writer: LogWriter, level: Logger.Level, metadataProvider: Logger.MetadataProvider? = nil) {
    self.writer = writer
    self.metadataProvider = metadataProvider
    logLevel = level
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var merged = metadata
    if let provided = metadataProvider?.get() { merged.merge(provided) { $1 } }
    if let own = event.metadata { merged.merge(own) { $1 } }
    var fields = merged.sorted { $0.key < $1.key }.map { LogField(name: $0.key, value: "\($0.value)") }
    if let error = event.error { fields.append(LogField(name: "error", value: "\(error)")) }
    writer.write(LogRecord(level: event.level, message: event.message.description, fields: fields))
  }
}
