package import Evidence
internal import Redaction
internal import Signals

/// What the agent would make of a message, without making it.
package struct SignalExplanation: Sendable, Encodable {
  /// One signal of the message, and what would come of it.
  package struct Entry: Sendable, Encodable {
    package var signal: Signal
    package var plan: CapturePlan
    /// Why nothing would be captured; `nil` where something would.
    package var reason: String?

    enum CodingKeys: String, CodingKey {
      case capture, rule, reason
    }

    package func encode(to encoder: any Encoder) throws {
      try signal.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(plan.rule, forKey: .rule)
      try container.encode(plan, forKey: .capture)
      try container.encodeIfPresent(reason, forKey: .reason)
    }
  }

  package var signals: [Entry]
  /// What was there, could not be read, and is not needed.
  package var remarks: [String]

  enum CodingKeys: String, CodingKey {
    case signals, remarks
  }

  /// The only signal as it is, several as a list.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if signals.count == 1 {
      try signals[0].encode(to: encoder)
    } else {
      try container.encode(signals, forKey: .signals)
    }
    try container.encode(remarks, forKey: .remarks)
  }
}

/// One source, and what its sender has to send.
package struct SourceSummary: Sendable, Encodable {
  package var name: String
  package var type: String
  package var product: String
  package var path: String
  /// How its requests are known.
  package var authentication: String
  package var secrets: Int
}

extension AgentConfiguration {
  /// Decodes a saved message as the agent would, redaction first; the signature is not looked at.
  ///
  /// - Parameters:
  ///   - name: of the source, as in the URL.
  ///   - body: of the request.
  ///   - headers: those that matter to the source.
  ///   - receivedAt: stands in for the time of arrival.
  /// - Returns: `nil` where there is no such source.
  /// - Throws: `SignalError` for a body that is not the source's, `ConfigurationErrors` for wrong redaction rules.
  package func explain(
    source name: String, body: [UInt8], headers: [(name: String, value: String)], receivedAt: Timestamp
  ) throws -> SignalExplanation? {
    guard let source = signals.registryWithoutSecrets()[name]?.source else { return nil }
    let redactor = Redactor(rules: try SettingsFactory.userRules(self).ruleSet(), key: .random())
    let redacted = body.withUnsafeBytes { redactor.redact($0) }
    let request = SignedRequest(headers: headers, body: body)
    let decoded = try source.decode(
      SignalMessage(
        body: Array(redacted.text.utf8), headers: request.headers.mapValues { redactor.redact($0).text },
        receivedAt: receivedAt))
    return SignalExplanation(signals: decoded.signals.map(explain), remarks: decoded.remarks)
  }

  private func explain(_ signal: Signal) -> SignalExplanation.Entry {
    guard signal.phase != .ignored else {
      var plan = plan(nil)
      plan.captures = false
      return .init(signal: signal, plan: plan, reason: "the message says nothing about an incident")
    }
    var plan = plan(rule(for: SelectionFacts(signal)))
    if let rule = plan.rule, !plan.captures {
      return .init(signal: signal, plan: plan, reason: "the rule \"\(rule)\" says so")
    }
    guard signal.phase.opensIncident else {
      plan.captures = false
      return .init(signal: signal, plan: plan, reason: "a signal of this phase opens no incident")
    }
    return .init(signal: signal, plan: plan)
  }

  /// All sources by name, with what each needs.
  package var sourceSummaries: [SourceSummary] {
    let registry = signals.registryWithoutSecrets()
    return registry.names.compactMap { name in
      guard let source = registry[name] else { return nil }
      let entry = signals.sources.first { $0.name == name }
      let secrets = entry?.secrets.count ?? 0
      return SourceSummary(
        name: name, type: entry?.type ?? name, product: source.source.product, path: "/v1/signals/\(name)",
        authentication: authentication(source.scheme, secrets: secrets), secrets: secrets)
    }
  }
}

/// What a sender needs now, and what it could have instead.
private func authentication(_ scheme: SignatureScheme, secrets: Int) -> String {
  if secrets > 0 { return "\(scheme)" }
  return scheme == .bearer ? "token" : "token; with secrets: \(scheme)"
}

extension CapturePlan: Encodable {
  enum CodingKeys: String, CodingKey {
    case captures, kind, collectors, units, paths
    case windowSeconds = "window_seconds"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(captures, forKey: .captures)
    try container.encode(kind, forKey: .kind)
    try container.encode(window.components.seconds, forKey: .windowSeconds)
    try container.encode(collectors.map(\.rawValue), forKey: .collectors)
    try container.encode(units, forKey: .units)
    try container.encode(paths, forKey: .paths)
  }
}
