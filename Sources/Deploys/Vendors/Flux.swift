internal import Evidence

extension DeployDecoder {
  /// An event of Flux's notification controller, from a provider `generic` or `generic-hmac`
  /// (https://fluxcd.io/flux/components/notification/events/). Kustomizations and Helm releases deploy; events of
  /// sources, images and the like are of no deploy. `eventMetadata` of the alert may name the `environment`, `env`
  /// or `cluster`.
  static func flux(_ delivery: DeployDelivery) throws(DeployError) -> [DeployRecord] {
    let message = try decodeWire(FluxMessage.self, from: delivery.body)
    guard let object = message.involvedObject else {
      throw .field(pointer: "/involvedObject", problem: "is missing")
    }
    let kind = try wireRequired(object.kind, "/involvedObject/kind")
    let name = try wireRequired(object.name, "/involvedObject/name")
    let reason = try wireRequired(message.reason, "/reason")
    let severity = try wireRequired(message.severity, "/severity")
    guard kind == "Kustomization" || kind == "HelmRelease",
      let outcome = severity == "error" ? .failure : outcomes[reason]
    else { return [] }
    let metadata = message.metadata?.value ?? [:]
    let revision = FluxRevision(text(in: metadata, endingIn: "revision") ?? "unknown")
    let place = object.namespace?.text.map { "\($0)/" } ?? ""
    return [
      DeployRecord(
        id: ULID.make(at: delivery.receivedAt), service: name, version: revision.version,
        environment: ["environment", "env", "cluster"].lazy.compactMap { text(in: metadata, endingIn: $0) }
          .first,
        commit: revision.commit, actor: message.reportingController?.text, outcome: outcome,
        kind: kinds[reason] ?? .deployed,
        finishedAt: try wireTime(message.timestamp, "/timestamp") ?? delivery.receivedAt,
        source: DeploySource.flux.rawValue, receivedAt: delivery.receivedAt,
        deployID: "\(kind)/\(place)\(name)@\(revision.text)",
        message: [reason, message.message?.text].compactMap(\.self).joined(separator: ": "))
    ]
  }

  private static let outcomes: [String: DeployOutcome] = [
    "Progressing": .inProgress, "ReconciliationSucceeded": .success, "InstallSucceeded": .success,
    "UpgradeSucceeded": .success, "RollbackSucceeded": .success, "UninstallSucceeded": .success,
  ]

  private static let kinds: [String: DeployKind] = [
    "UpgradeSucceeded": .upgraded, "UpgradeFailed": .upgraded, "RollbackSucceeded": .rolledback,
    "RollbackFailed": .rolledback, "UninstallSucceeded": .removed, "UninstallFailed": .removed,
  ]

  /// Keys of controllers have their API group before them: `kustomize.toolkit.fluxcd.io/revision`.
  private static func text(in metadata: [String: WireText], endingIn name: String) -> String? {
    metadata[name]?.text
      ?? metadata.sorted { $0.key < $1.key }.first { $0.key.hasSuffix("/\(name)") }?.value.text
  }
}

/// A revision of Flux: `main@sha1:731f7ea…`, `v2.4.1@sha1:731f7ea…`, `main/731f7ea…` before Flux 2, a chart's
/// `6.5.3`, or `latest@sha256:…` of an OCI artifact.
private struct FluxRevision {
  let text: String
  var version: String
  var commit: String?

  init(_ text: String) {
    self.text = text
    version = text
    let separator: Character = text.contains("@") ? "@" : "/"
    guard let cut = text.lastIndex(of: separator) else {
      commit = isCommit(text) ? text : nil
      return
    }
    let name = text[..<cut]
    let digest = text[text.index(after: cut)...]
    let hash = digest.split(separator: ":").last ?? digest
    let isGit = !digest.hasPrefix("sha256:") && isCommit(hash)
    commit = isGit ? String(hash) : nil
    version = isRelease(name) ? String(name) : isGit ? String(hash) : text
  }
}

private struct FluxMessage: Decodable {
  struct Object: Decodable { let kind, name, namespace: WireText? }

  let involvedObject: Object?
  let severity, reason, message, timestamp, reportingController: WireText?
  let metadata: WireOptional<[String: WireText]>?
}
