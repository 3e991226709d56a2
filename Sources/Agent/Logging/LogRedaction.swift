package import Redaction
internal import Synchronization

/// The choke point of the agent's own log: error texts and names from outside may hold secrets.
package final class LogRedaction: Sendable {
  /// Until the host's rules and key are loaded the built-in rules hold, under a key of this process.
  private let redactor = Mutex(Redactor(rules: .builtIn, key: .random()))

  package init() {}

  /// Redacts by this from now on.
  package func use(_ new: Redactor) {
    redactor.withLock { $0 = new }
  }

  /// The record as it may be written.
  package func redact(_ record: LogRecord) -> LogRecord {
    let redactor = redactor.withLock { $0 }
    var record = record
    record.message = redactor.redact(record.message).text
    for index in record.fields.indices {
      record.fields[index].value = redactor.redact(record.fields[index].value).text
    }
    return record
  }
}
