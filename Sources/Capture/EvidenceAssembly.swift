internal import Bundle
internal import Evidence
internal import Foundation
internal import Journal
internal import Redaction
internal import Timeline

/// Makes the documents that describe the evidence, and seals all of it. Blocking: for a thread of its own.
struct EvidenceAssembly: Sendable {
  /// Events that a timeline may hold.
  static let timelineLimit = 20_000

  let request: CaptureRequest
  let environment: CaptureEnvironment
  let spool: SpoolFolder
  let outcomes: [CollectorOutcome]
  let started: Timestamp
  let sweep: FinalSweep

  func seal() throws -> CaptureRunner.Result {
    var artifacts = outcomes.flatMap(\.artifacts)
    artifacts.append(try incidentDocument())
    artifacts += try signalDocuments()
    let timeline = try timelineDocuments(gaps: gaps(of: artifacts))
    artifacts = try RankedRows(of: ConfigCollector.changes.path, timeline.ranking).apply(to: artifacts) {
      try open($0, bytes: $1)
    }
    artifacts += timeline.documents
    let sealedAt = environment.clock()
    // What only the manifest's own words give away must be known before the sweep.
    _ = environment.redactor.redact(
      text(of: try EvidenceJSON.encode(manifest(of: artifacts, sealedAt: sealedAt))))
    artifacts = try sweep.apply(to: artifacts)
    artifacts.append(try redactionDocument(artifacts))
    let manifest = manifest(of: artifacts, sealedAt: sealedAt)
    let evidence = try document("evidence.json", .incident, try EvidenceJSON.encode(manifest))
    let name = try request.bundleName(host: environment.host.hostname)
    let bundle = try BundleWriter.seal(
      name: name, captureTime: started, bagInfo: bagInfo(sealedAt: sealedAt),
      artifacts: (artifacts + [evidence]).compactMap(\.spooled), key: environment.sealingKey,
      compression: environment.compression, into: environment.bundleFolder)
    return CaptureRunner.Result(manifest: manifest, bundle: bundle)
  }

  private func text(of bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  private func gaps(of artifacts: [CollectedArtifact]) -> [Gap] {
    artifacts.flatMap(\.record.gaps) + outcomes.flatMap(\.gaps)
  }

  /// Writes one document through the same redaction as everything else.
  private func document(
    _ path: String, _ kind: ArtifactKind, _ bytes: [UInt8], mediaType: String = "application/json",
    gaps: [Gap] = []
  ) throws -> CollectedArtifact {
    let sink = try open(ExpectedArtifact(path: path, kind: kind, mediaType: mediaType))
    if mediaType == MediaType.jsonLines {
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        try sink.write(record: line + [0x0A], at: nil)
      }
    } else {
      try sink.write(bytes: bytes)
    }
    return try sink.finish(gaps: gaps)
  }

  private func open(_ artifact: ExpectedArtifact, bytes: Int = 256 << 20) throws -> ArtifactSink {
    let budget = Budget(CollectorLimits(seconds: 60, bytes: bytes), stop: StopFlag())
    return ArtifactSink(
      artifact, writer: try spool.makeWriter(path: artifact.path), redactor: environment.redactor,
      budget: budget)
  }

  private func incidentDocument() throws -> CollectedArtifact {
    try document("incident.json", .incident, try EvidenceJSON.encode(IncidentDocument(request.incident)))
  }

  private func signalDocuments() throws -> [CollectedArtifact] {
    try request.signals.filter { $0.body != nil }.enumerated().map { index, signal in
      let path = "signals/\(String(format: "%04d", index + 1)).json"
      return try document(path, .signal, try SignalDocument.encode(signal))
    }
  }

  private func timelineDocuments(
    gaps: [Gap]
  ) throws -> (documents: [CollectedArtifact], ranking: ChangeRanking) {
    let own = Timeline.events(of: request.incident) + [captureEvent] + gaps.compactMap(gapEvent)
    let merged = Timeline.merge(outcomes.map(\.events) + [own], limit: Self.timelineLimit)
    let holes =
      merged.dropped == 0
      ? []
      : [
        Gap(
          artifact: "timeline.jsonl", cause: .budget,
          detail: "\(merged.dropped) events beyond the \(Self.timelineLimit) that a timeline may hold")
      ]
    let ranked = Timeline.rankChanges(merged.events, of: request.incident)
    let markdown = Timeline.markdown(
      incident: request.incident, host: environment.host, window: request.window, events: ranked.events,
      ranking: ranked.ranking, gaps: gaps, zone: TimeZone.current)
    let documents = [
      try document(
        "ranked-changes.jsonl", .timeline, Timeline.jsonLines(ranked.ranking), mediaType: MediaType.jsonLines),
      try document(
        "timeline.jsonl", .timeline, Timeline.jsonLines(ranked.events), mediaType: MediaType.jsonLines,
        gaps: holes),
      try document("timeline.md", .timeline, markdown, mediaType: "text/markdown"),
    ]
    return (documents, ranked.ranking)
  }

  private var captureEvent: TimelineEvent {
    TimelineEvent(
      at: started, kind: .capture,
      message:
        "Exhibit captured \(request.window.from.rfc3339Seconds) to \(request.window.to.rfc3339Seconds)",
      source: "exhibit", reference: "evidence.json")
  }

  private func gapEvent(_ gap: Gap) -> TimelineEvent? {
    gap.from.map {
      TimelineEvent(
        at: $0, kind: .gap, message: "\(gap.artifact): \(gap.cause.rawValue): \(gap.detail)",
        severity: "warning", source: "exhibit", reference: "evidence.json")
    }
  }

  private func redactionDocument(_ artifacts: [CollectedArtifact]) throws -> CollectedArtifact {
    let counted = artifacts.filter { !$0.redactions.byRule.isEmpty }
    let report = RedactionReport(
      summary: summary(of: artifacts),
      artifacts: counted.map { .init(path: $0.record.path, byRule: RuleCount.list($0.redactions.byRule)) })
    return try document("redaction.json", .redaction, try EvidenceJSON.encode(report))
  }

  private func summary(of artifacts: [CollectedArtifact]) -> RedactionSummary {
    var counts = RedactionCounts()
    for artifact in artifacts { counts.add(artifact.redactions) }
    return RedactionSummary(ruleset: environment.redactor.ruleset, byRule: counts.byRule)
  }

  private func manifest(of artifacts: [CollectedArtifact], sealedAt: Timestamp) -> EvidenceManifest {
    let records = artifacts.map(\.record).sorted { $0.path < $1.path }
    return EvidenceManifest(
      bundle: request.id, agent: ExhibitVersion.current, incident: request.incident.id, phase: request.phase,
      parent: request.parent, host: environment.host, window: request.window,
      timings: .init(signalReceived: request.requestedAt, captureStarted: started, sealed: sealedAt),
      artifacts: records,
      gaps: records.flatMap(\.gaps) + outcomes.flatMap(\.gaps) + request.gaps + unstoredSignals
        + sweep.gaps,
      completeness: Completeness(of: records),
      budgets: outcomes.map {
        CollectorBudget(
          collector: $0.collector, secondsLimit: $0.limits.seconds, bytesLimit: $0.limits.bytes,
          bytesUsed: $0.bytes)
      },
      redaction: summary(of: artifacts), journalFreeze: request.freeze?.summary)
  }

  private var unstoredSignals: [Gap] {
    let count = request.signals.count { $0.body == nil }
    guard count > 0 else { return [] }
    return [
      Gap(
        artifact: "signals", cause: .budget,
        detail: "\(count) further signals of this incident were counted, but their bodies were not kept")
    ]
  }

  private func bagInfo(sealedAt: Timestamp) -> [(String, String)] {
    [
      ("Bag-Software-Agent", "exhibit \(ExhibitVersion.current)"),
      ("Bagging-Date", String(sealedAt.rfc3339.prefix(10))),
      ("External-Identifier", request.id),
      ("Internal-Sender-Identifier", request.incident.id),
    ]
  }
}

enum MediaType {
  static let jsonLines = "application/jsonl"
  static let patch = "text/x-diff"
}

/// `redaction.json`: how often each rule redacted something in each artifact; never what.
struct RedactionReport: Encodable {
  struct Artifact: Encodable {
    var path: String
    var byRule: [RuleCount]

    enum CodingKeys: String, CodingKey {
      case path
      case byRule = "by_rule"
    }
  }

  var ruleset: String
  var total: Int
  var byRule: [RuleCount]
  /// Those in which something was redacted, sorted by path.
  var artifacts: [Artifact]

  init(summary: RedactionSummary, artifacts: [Artifact]) {
    ruleset = summary.ruleset
    total = summary.total
    byRule = summary.byRule
    self.artifacts = artifacts.sorted { $0.path < $1.path }
  }

  enum CodingKeys: String, CodingKey {
    case ruleset, total, artifacts
    case byRule = "by_rule"
  }
}
