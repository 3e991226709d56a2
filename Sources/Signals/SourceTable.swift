/// The vendors that this agent understands, by name: one row each.
package enum SourceTable {
  /// Sorted by name, as people look them up.
  package static let all: [SignalSource] = [
    .alertmanager,
    .cloudEvents,
    .datadog,
    .fireHydrant,
    .generic(GenericPointers()),
    .grafana,
    .incidentIO,
    .jira,
    .opsgenie.named("jsm"),
    .onCall,
    .opsgenie,
    .pagerDuty,
    .rootly,
    .sentry,
    .standardWebhooks,
    .statuspage,
  ]

  /// The row of that name; `nil` where there is none.
  package static subscript(name: String) -> SignalSource? { all.first { $0.name == name } }
}

/// A source, and the secrets by which its requests are authenticated.
package struct RegisteredSource: Sendable {
  package var source: SignalSource
  /// The vendor's scheme, or the one that was configured instead.
  package var scheme: SignatureScheme
  /// Without any the source takes the agent's own tokens.
  package var secrets: [Secret]

  /// - Parameters:
  ///   - source: with the name that it has in the URL.
  ///   - scheme: `nil` is the vendor's.
  ///   - secrets: those in use.
  package init(_ source: SignalSource, scheme: SignatureScheme? = nil, secrets: [Secret] = []) {
    self.source = source
    self.scheme = scheme ?? source.scheme
    self.secrets = secrets
  }

  /// Whether `digest` of an authentic request tells a replay.
  package var digestIdentifies: Bool {
    if case .hmac(let hmac) = scheme, hmac.time != nil { return true }
    return source.bodiesDiffer
  }
}

/// The sources of an agent, by the name that they have in the URL.
package struct SourceRegistry: Sendable {
  private let sources: [String: RegisteredSource]

  /// - Parameter configured: those with secrets, settings or names of their own. They take the place of the row of
  ///   that name; the other rows are there by their own names, without secrets.
  package init(_ configured: [RegisteredSource] = []) {
    let rows = SourceTable.all.map { RegisteredSource($0) }
    sources = Dictionary((configured + rows).map { ($0.source.name, $0) }) { first, _ in first }
  }

  /// Sorted.
  package var names: [String] { sources.keys.sorted() }

  /// The secrets of all sources.
  package var secrets: [Secret] { sources.values.flatMap(\.secrets) }

  /// The source of that name; `nil` where there is none.
  package subscript(name: String) -> RegisteredSource? { sources[name] }
}
