import Bundle
import Evidence
import Foundation
import Redaction

@testable import exhibit

/// A small sealed bundle, made as the agent makes one.
enum SealedSample {
  static let name = "INC-1--web-1--001-manual.tar.gz"

  static let journal = [
    #"{"__CURSOR":"s=0123456789abcdef0123456789abcdef;i=1;b=0123456789abcdef0123456789abcdef;m=1;t=66aa0;x=1","__REALTIME_TIMESTAMP":"1795492174000000","__MONOTONIC_TIMESTAMP":"1","_BOOT_ID":"0123456789abcdef0123456789abcdef","_SYSTEMD_UNIT":"nginx.service","_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"nginx","PRIORITY":"3","MESSAGE":"upstream timed out"}"#,
    #"{"__CURSOR":"s=0123456789abcdef0123456789abcdef;i=2;b=0123456789abcdef0123456789abcdef;m=2;t=66aa1;x=2","__REALTIME_TIMESTAMP":"1795492175000000","__MONOTONIC_TIMESTAMP":"2","_BOOT_ID":"0123456789abcdef0123456789abcdef","_SYSTEMD_UNIT":"ssh.service","_HOSTNAME":"web-1","SYSLOG_IDENTIFIER":"sshd","PRIORITY":"6","MESSAGE":"closed"}"#,
  ]

  private static let time = Timestamp(nanoseconds: 1_795_492_174_123_456_789)
  private static let timeline =
    #"{"message":"shop 2 deployed","datetime":"2026-11-24T03:49:00.000000000Z","timestamp":1795492140000000,"timestamp_desc":"Deploy finished","kind":"deploy","source":"deploys"}"#

  /// - Returns: the path of the bundle.
  static func seal(
    in folder: TemporaryFolder, as compression: Compression = .fast, gaps: [Gap] = []
  ) throws -> String {
    let spool = folder.path("spool-\(UUID().uuidString)")
    let out = folder.path("sealed-\(UUID().uuidString)")
    for path in [spool, out] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }
    let incident = Incident(
      id: "INC-1", key: "k", source: "cli", title: "Checkout fails", openedAt: time, updatedAt: time)
    let files = [
      ("incident.json", try text(incident)), ("timeline.jsonl", timeline + "\n"),
      ("logs/journal.jsonl", journal.joined(separator: "\n") + "\n"),
    ]
    var artifacts = try files.map { try artifact($0.0, $0.1, in: spool, as: compression) }
    artifacts.append(
      try artifact("evidence.json", text(evidence(of: artifacts, gaps)), in: spool, as: compression))
    return try BundleWriter.seal(
      name: BundleName(incident: "INC-1", host: "web-1", sequence: 1, phase: .manual), captureTime: time,
      bagInfo: [("Bagging-Date", "2026-11-24")], artifacts: artifacts, key: .generate(comment: "test"),
      compression: compression, into: out
    ).path
  }

  private static func artifact(
    _ path: String, _ content: String, in spool: String, as compression: Compression
  ) throws -> SpooledArtifact {
    var writer = try ArtifactWriter(path: PayloadPath(path), spoolFolder: spool, compression: compression)
    try writer.write(Redactor(rules: .builtIn, key: .random()).redact(content))
    return try writer.finish()
  }

  private static func text(_ value: some Encodable) throws -> String {
    String(decoding: try JSONEncoder().encode(value), as: UTF8.self) + "\n"
  }

  private static func evidence(of artifacts: [SpooledArtifact], _ gaps: [Gap]) -> EvidenceManifest {
    let records = artifacts.map {
      ArtifactRecord(
        path: $0.path.text, kind: .host, mediaType: "text/plain", bytes: $0.bytes, sha256: $0.sha256,
        records: ["timeline.jsonl": 1, "logs/journal.jsonl": 2][$0.path.text], state: .complete)
    }
    return EvidenceManifest(
      bundle: ULID.make(at: time), agent: "0", incident: "INC-1", phase: .manual,
      host: HostFacts(hostname: "web-1"), window: TimeWindow(from: time, to: time),
      timings: .init(signalReceived: time, captureStarted: time, sealed: time), artifacts: records,
      gaps: gaps,
      completeness: Completeness(of: records), budgets: [],
      redaction: RedactionSummary(ruleset: "test", byRule: [:]))
  }
}
