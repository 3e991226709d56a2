import Deploys
import Evidence
import Testing

@Suite("Deploys of vendors")
struct VendorTests {
  static let receivedAt = utc("2026-11-24T04:00:00")

  static func decode(
    _ source: DeploySource, _ body: [UInt8], headers: [String: String] = [:]
  ) throws -> [DeployRecord] {
    try DeployDecoder.records(
      of: DeployDelivery(source, body: body, headers: headers, receivedAt: receivedAt))
  }

  /// The only record of a fixture, with a fixed id.
  func record(_ source: DeploySource, _ name: String, headers: [String: String] = [:]) throws -> DeployRecord
  {
    let records = try Self.decode(source, fixture(name), headers: headers)
    #expect(records.count == 1)
    var record = try #require(records.first)
    #expect(record.id.count == 26)
    record.id = "id"
    return record
  }

  @Test("GitHub: the status of a deployment")
  func github() throws {
    let headers = ["x-github-event": "deployment_status", "x-github-delivery": "72d3162e"]
    let commit = "f95f852bd8fca8fcc58a9a2d6c842781e32a215e"
    #expect(
      try record(.github, "github-deployment_status.success.json", headers: headers)
        == DeployRecord(
          id: "id", service: "Hello-World", version: commit, environment: "production", commit: commit,
          actor: "Codertocat", outcome: .success, startedAt: utc("2019-05-15T15:20:53"),
          finishedAt: utc("2019-05-15T15:20:55"), source: "github", deliveryID: "72d3162e",
          receivedAt: Self.receivedAt, deployID: "Codertocat/Hello-World/145988746"))
  }

  @Test("GitLab: a deployment, its local time with an offset")
  func gitlab() throws {
    let commit = "279484c09fbe69ededfced8c1bb6e6d24616b468"
    #expect(
      try record(.gitlab, "gitlab-deployment.success.json", headers: ["idempotency-key": "908a6d9e"])
        == DeployRecord(
          id: "id", service: "checkout", version: commit, environment: "production", commit: commit,
          url: "https://gitlab.example.com/shop/checkout/-/jobs/796", actor: "alice", outcome: .success,
          finishedAt: utc("2026-11-24T03:49:34"), source: "gitlab", deliveryID: "908a6d9e",
          receivedAt: Self.receivedAt, deployID: "shop/checkout/15", message: "Pay by card again"))
  }

  @Test("Argo CD: our template")
  func argoCD() throws {
    let commit = "279484c09fbe69ededfced8c1bb6e6d24616b468"
    #expect(
      try record(.argocd, "argocd-sync.succeeded.json")
        == DeployRecord(
          id: "id", service: "checkout", version: commit, environment: "production", commit: commit,
          url: "https://argocd.example.com/applications/checkout", actor: "alice", outcome: .success,
          startedAt: utc("2026-11-24T03:48:02"), finishedAt: utc("2026-11-24T03:49:34"), source: "argocd",
          receivedAt: Self.receivedAt, deployID: "shop/checkout@\(commit)/2026-11-24T03:48:02Z",
          message: "successfully synced (all tasks run)"))
  }

  @Test("Flux: a Kustomization that failed, with the revision of before Flux 2")
  func fluxError() throws {
    let commit = "731f7eaddfb6af01cb2173e18f0f75b0ba780ef1"
    #expect(
      try record(.flux, "flux-event.error.json")
        == DeployRecord(
          id: "id", service: "webapp", version: commit, commit: commit, actor: "kustomize-controller",
          outcome: .failure, finishedAt: utc("2022-10-28T07:26:19"), source: "flux",
          receivedAt: Self.receivedAt, deployID: "Kustomization/apps/webapp@main/\(commit)",
          message:
            "ValidationFailed: service/apps/webapp validation error: spec.type: Unsupported value: Ingress"))
  }

  @Test("Flux: a Helm release that was upgraded")
  func fluxHelm() throws {
    let record = try record(.flux, "flux-helmrelease.upgraded.json")
    #expect(record.service == "checkout" && record.version == "6.5.3" && record.commit == nil)
    #expect(record.outcome == .success && record.kind == .upgraded && record.environment == "production")
    #expect(record.deployID == "HelmRelease/shop/checkout@6.5.3")
  }

  @Test("Spinnaker: a pipeline's end, its times in milliseconds")
  func spinnaker() throws {
    #expect(
      try record(.spinnaker, "spinnaker-pipeline.complete.json")
        == DeployRecord(
          id: "id", service: "checkout", version: "2.4.1", environment: "production",
          actor: "alice@example.com",
          outcome: .success, startedAt: utc("2026-11-24T03:48:02"), finishedAt: utc("2026-11-24T03:49:34"),
          source: "spinnaker", receivedAt: Self.receivedAt, deployID: "01KAS5ZQ7X1YB0V2N9R8D6M3GF",
          message: "Deploy to production"))
  }

  @Test(
    "CDEvents: the official samples, bare, in an envelope, in a batch, and through Spinnaker",
    arguments: [DeployKind.deployed, .upgraded])
  func cdEvents(kind: DeployKind) throws {
    let sample = try fixture("cdevents-service.\(kind.rawValue).json")
    let text = String(decoding: sample, as: UTF8.self)
    let envelope = """
      {"specversion": "1.0", "id": "x", "type": "dev.cdevents.service.\(kind.rawValue).0.3.0", "source": "/x",
       "data": \(text)}
      """
    let deliveries: [(DeploySource, [UInt8])] = [
      (.cdevents, sample), (.cdevents, bytes(envelope)), (.cdevents, bytes("[\(text), \(envelope)]")),
      (.spinnaker, sample),
    ]
    for (source, body) in deliveries {
      for record in try Self.decode(source, body) {
        #expect(
          record
            == DeployRecord(
              id: record.id, service: "mySubject123",
              version: "sha256:0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427",
              environment: "test123", outcome: .success, kind: kind,
              finishedAt: Timestamp(rfc3339: "2023-03-20T14:27:05.315384Z") ?? Self.receivedAt,
              source: source.rawValue, deliveryID: "/event/source/123#271069a8-fc18-44f1-b38f-9d70a1695819",
              receivedAt: Self.receivedAt, deployID: "4c8cb7dd-3448-41de-8768-eec704e2829b",
              artifact:
                "pkg:oci/myapp@sha256%3A0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427"))
      }
    }
    #expect(try Self.decode(.cdevents, bytes("[\(text), \(envelope)]")).count == 2)
  }

  @Test(
    "CDEvents: our own event comes back with every fact", arguments: DeployKind.allCases,
    DeployOutcome.allCases)
  func ownEvent(kind: DeployKind, outcome: DeployOutcome) throws {
    var record = DeployRecordTests.record(kind, outcome, full: true)
    record.deployID = "run-7"
    record.message = "it went"
    let line = try LedgerEntry(record).cdEvent(host: "web")
    let read = try #require(try Self.decode(.cdevents, line).first)
    record.id = read.id
    record.source = "cdevents"
    record.deliveryID = read.deliveryID
    record.receivedAt = Self.receivedAt
    record.deployID = "generic:run-7"
    if kind != .removed { record.artifact = read.artifact }
    #expect(read == record)
  }

  @Test(
    "names the field at fault",
    arguments: [
      (DeploySource.github, "{}", "/deployment"), (.github, #"{"deployment":{}}"#, "/deployment/sha"),
      (.github, #"{"deployment":{"sha":"a"}}"#, "/repository/name"),
      (.github, #"{"deployment":{"sha":"a"},"deployment_status":{}}"#, "/deployment_status/state"),
      (
        .github, #"{"deployment":{"sha":"a","created_at":"noon"},"repository":{"name":"r"}}"#,
        "/deployment/created_at"
      ),
      (.github, #"{"deployment":7}"#, "/deployment"), (.github, "[]", ""),
      (.gitlab, "{}", "/object_kind"), (.gitlab, #"{"object_kind":"deployment"}"#, "/status"),
      (.gitlab, #"{"object_kind":"deployment","status":"success"}"#, "/project/name"),
      (.gitlab, #"{"object_kind":"deployment","status":"success","project":{"name":"p"}}"#, "/short_sha"),
      (
        .gitlab,
        #"{"object_kind":"deployment","status":"success","project":{"name":"p"},"short_sha":"a","status_changed_at":"2021"}"#,
        "/status_changed_at"
      ),
      (.argocd, "{}", "/application"), (.argocd, #"{"application":"a"}"#, "/revision"),
      (.argocd, #"{"application":"a","revision":"r"}"#, "/phase"),
      (.argocd, #"{"application":"a","revision":"r","phase":"Great"}"#, "/phase"),
      (
        .argocd, #"{"application":"a","revision":"r","phase":"Failed","started_at":"<no value>"}"#,
        "/started_at"
      ),
      (.flux, "{}", "/involvedObject"), (.flux, #"{"involvedObject":{}}"#, "/involvedObject/kind"),
      (.flux, #"{"involvedObject":{"kind":"Kustomization"}}"#, "/involvedObject/name"),
      (.flux, #"{"involvedObject":{"kind":"Kustomization","name":"n"}}"#, "/reason"),
      (.spinnaker, #"{"details":{}}"#, "/details/type"),
      (.spinnaker, #"{"details":{"type":"orca:pipeline:complete"}}"#, "/content/execution"),
      (
        .spinnaker, #"{"details":{"type":"orca:pipeline:complete"},"content":{"execution":{}}}"#,
        "/content/execution/id"
      ),
      (
        .spinnaker, #"{"details":{"type":"orca:pipeline:complete"},"content":{"execution":{"id":"1"}}}"#,
        "/content/execution/application"
      ),
      (.cdevents, "{}", "/context"), (.cdevents, #"{"context":{}}"#, "/context/type"),
      (.cdevents, #"{"data":{}}"#, "/data/context"), (.cdevents, #"[{"context":{}}]"#, "/0/context/type"),
      (
        .cdevents, #"{"context":{"type":"dev.cdevents.service.deployed.0.3.0","id":"1","source":"s"}}"#,
        "/subject/id"
      ),
      (
        .cdevents,
        #"{"context":{"type":"dev.cdevents.service.deployed.0.3.0","id":"1","source":"s","timestamp":"x"},"subject":{"id":"s"}}"#,
        "/context/timestamp"
      ),
    ])
  func faults(source: DeploySource, body: String, pointer: String) {
    let error = #expect(throws: DeployError.self) { try Self.decode(source, bytes(body)) }
    #expect(error?.pointer == pointer, "\(String(describing: error))")
  }

  @Test(
    "what tells of no deploy is accepted, and no record",
    arguments: [
      (DeploySource.github, #"{"zen":"Keep it logically awesome."}"#, ["x-github-event": "ping"]),
      (
        .github,
        #"{"deployment":{"sha":"a"},"deployment_status":{"state":"inactive"},"repository":{"name":"r"}}"#,
        ["x-github-event": "deployment_status"]
      ),
      (.gitlab, #"{"object_kind":"push"}"#, [:]),
      (.gitlab, #"{"object_kind":"deployment","status":"blocked"}"#, [:]),
      (
        .flux,
        #"{"involvedObject":{"kind":"GitRepository","name":"n"},"reason":"NewArtifact","severity":"info"}"#,
        [:]
      ),
      (
        .flux,
        #"{"involvedObject":{"kind":"Kustomization","name":"n"},"reason":"Whatever","severity":"info"}"#, [:]
      ),
      (.spinnaker, #"{"details":{"type":"orca:stage:complete"}}"#, [:]),
      (.cdevents, #"{"context":{"type":"dev.cdevents.service.published.0.3.0"}}"#, [:]),
      (.cdevents, #"{"context":{"type":"dev.cdevents.build.finished.0.3.0"}}"#, [:]), (.cdevents, "[]", [:]),
    ] as [(DeploySource, String, [String: String])])
  func ignored(source: DeploySource, body: String, headers: [String: String]) throws {
    #expect(try Self.decode(source, bytes(body), headers: headers).isEmpty)
  }

  @Test("a batch has at most 100 events")
  func batchLimit() throws {
    let event = #"{"context":{"type":"dev.cdevents.build.finished.0.3.0"}}"#
    let batch = { (count: Int) in
      bytes("[" + Array(repeating: event, count: count).joined(separator: ",") + "]")
    }
    #expect(try Self.decode(.cdevents, batch(100)).isEmpty)
    #expect(throws: DeployError.self) { try Self.decode(.cdevents, batch(101)) }
  }

  @Test("a vendor's endless text is cut at 1024 bytes, between characters")
  func clipping() throws {
    let long = String(repeating: "ü", count: 3000)
    let body = #"{"application":"\#(long)","revision":"1","phase":"Failed","message":"\#(long)"}"#
    let record = try #require(try Self.decode(.argocd, bytes(body)).first)
    for text in [record.service, record.message ?? "", record.deployID ?? ""] {
      #expect((1000...DeployDecoder.maximumFieldBytes).contains(text.utf8.count) && text.hasSuffix("ü…"))
    }
  }

  @Test(
    "GitHub: a release is the version, a branch is not",
    arguments: [
      ("v2.4.1", "v2.4.1"), ("refs/tags/2.4.1-rc.1", "2.4.1-rc.1"), ("main", "c0ffee"),
      ("release-2.4", "c0ffee"),
      ("v2", "c0ffee"), ("1.x", "c0ffee"),
    ])
  func release(ref: String, version: String) throws {
    let body = #"{"deployment":{"sha":"c0ffee","ref":"\#(ref)"},"repository":{"name":"r"}}"#
    let record = try #require(try Self.decode(.github, bytes(body)).first)
    #expect(record.version == version && record.commit == "c0ffee" && record.outcome == .inProgress)
  }

  @Test(
    "Flux: every form of a revision",
    arguments: [
      ("v2.4.1@sha1:731f7eaddfb6af01cb2173e18f0f75b0ba780ef1", "v2.4.1", true),
      (
        "main@sha1:731f7eaddfb6af01cb2173e18f0f75b0ba780ef1", "731f7eaddfb6af01cb2173e18f0f75b0ba780ef1", true
      ),
      ("latest@sha256:0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427", nil, false),
      ("6.5.3+build.1", "6.5.3+build.1", false),
    ] as [(String, String?, Bool)])
  func revision(text: String, version: String?, hasCommit: Bool) throws {
    let body = """
      {"involvedObject":{"kind":"Kustomization","name":"n"},"reason":"ReconciliationSucceeded","severity":"info",
       "metadata":{"revision":"\(text)"}}
      """
    let record = try #require(try Self.decode(.flux, bytes(body)).first)
    #expect(record.version == version ?? text && (record.commit != nil) == hasCommit)
  }

  @Test("any bytes give records or an error, never a crash", arguments: DeploySource.allCases)
  func mutations(source: DeploySource) throws {
    let names = [
      "github-deployment_status.success.json", "gitlab-deployment.success.json", "argocd-sync.succeeded.json",
      "flux-event.error.json", "spinnaker-pipeline.complete.json", "cdevents-service.deployed.json",
    ]
    for original in try names.map(fixture) {
      for _ in 0..<200 {
        var body = original
        for _ in 0..<Int.random(in: 1...3) {
          let index = Int.random(in: body.indices)
          if Bool.random() {
            body[index] ^= 1 << UInt8.random(in: 0..<8)
          } else {
            body.swapAt(index, .random(in: body.indices))
          }
        }
        do {
          for record in try Self.decode(source, body) {
            #expect(!record.service.isEmpty && !record.version.isEmpty)
          }
        } catch let error as DeployError {
          #expect(!error.description.isEmpty)
        }
      }
    }
  }
}
