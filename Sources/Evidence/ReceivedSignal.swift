/// A signal as it arrived, redacted: what goes into the bundle as `signals/0001.json`.
package struct ReceivedSignal: Hashable, Sendable {
  package var source: String
  package var phase: SignalPhase
  package var receivedAt: Timestamp
  /// Request headers without credentials, names in lower case.
  package var headers: [String: String]
  /// Redacted body; `nil` where the incident had its share of stored bodies already.
  package var body: String?

  package init(
    source: String, phase: SignalPhase, receivedAt: Timestamp, headers: [String: String], body: String?
  ) {
    self.source = source
    self.phase = phase
    self.receivedAt = receivedAt
    self.headers = headers
    self.body = body
  }
}
