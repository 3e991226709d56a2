package import Deploys
package import Evidence
internal import Foundation
package import Redaction

/// What one look at the host saw.
package struct Observation: Sendable {
  /// By time; texts are redacted.
  package var changes: [ObservedChange] = []
  /// Where the next look goes on, as JSON; texts in it are redacted.
  package var cursor: String
  /// What could not be seen, for the next bundle.
  package var gaps: [Gap] = []

  package init(changes: [ObservedChange] = [], cursor: String, gaps: [Gap] = []) {
    self.changes = changes
    self.cursor = cursor
    self.gaps = gaps
  }
}

/// Something that tells of changes as they happen, and forgets them.
///
/// To add one: a file in `Observers/` and a line in the agent's `ObserverSet`.
package protocol ChangeObserver: Sendable {
  /// One word, for the state database and for messages: `podman`.
  var name: String { get }
  /// How far back its first look sees, in seconds.
  var hindsight: Double { get }

  /// Looks once, synchronously.
  ///
  /// - Parameters:
  ///   - cursor: of the look before; `nil` for the first one.
  ///   - now: this host's time.
  ///   - redactor: for every text of the result.
  /// - Returns: `nil` where the host has nothing of the kind.
  /// - Throws: what keeps it from looking; the next look goes on at the same cursor.
  func observe(after cursor: String?, at now: Timestamp, redactor: Redactor) throws -> Observation?
}

extension Observation {
  /// - Parameters:
  ///   - changes: by time.
  ///   - cursor: where the next look goes on.
  ///   - gaps: what could not be seen.
  /// - Throws: `EncodingError`, which no cursor of texts and numbers brings about.
  init(changes: [ObservedChange], at cursor: some Encodable, gaps: [Gap] = []) throws {
    let encoder = JSONEncoder()
    // The same position is the same text: only another one is written down.
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let text = String(decoding: try encoder.encode(cursor), as: UTF8.self)
    self.init(changes: changes, cursor: text, gaps: gaps)
  }
}

/// The artifact that observed changes go into.
package let observedArtifact = ExpectedArtifact(
  path: "deploys/observed.jsonl", kind: .deploy, mediaType: MediaType.jsonLines)
