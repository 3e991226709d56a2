internal import Redaction

/// A redactor where signals, deploys and errors come in: what it replaces is in the metrics.
struct MeteredRedactor: Sendable {
  let redactor: Redactor
  let metrics: AgentMetrics

  init(_ redactor: Redactor, _ metrics: AgentMetrics) {
    self.redactor = redactor
    self.metrics = metrics
  }

  func redact(_ bytes: [UInt8]) -> Redacted {
    let (redacted, counts) = bytes.withUnsafeBytes { redactor.redactCounting($0) }
    metrics.count(counts)
    return redacted
  }

  func redact(_ text: String) -> String {
    redact(Array(text.utf8)).text
  }
}

extension AgentMetrics {
  /// Counts what was redacted.
  func count(_ redactions: RedactionCounts) {
    for (rule, count) in redactions.byRule {
      self.count("exhibit_redactions_total", ["rule": rule], by: Double(count))
    }
  }
}
