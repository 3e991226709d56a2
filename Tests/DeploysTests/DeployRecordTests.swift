import Deploys
import Evidence
import Foundation
import Testing

@Suite("Deploy record")
struct DeployRecordTests {
  let receivedAt = utc("2026-11-24T03:49:34")

  func decode(_ body: String) throws -> DeployRecord {
    try DeployDecoder.generic(bytes(body), receivedAt: receivedAt)
  }

  static func record(_ kind: DeployKind, _ outcome: DeployOutcome, full: Bool) -> DeployRecord {
    let time = utc("2026-11-24T03:00:00")
    guard full else {
      return DeployRecord(
        id: ULID.make(at: time), service: "s", version: "1", outcome: outcome, kind: kind, finishedAt: time,
        source: "cli", receivedAt: time)
    }
    return DeployRecord(
      id: ULID.make(at: time), service: "check out/\"ü\"", version: "1.4.2+build@5", previousVersion: "1.4.1",
      environment: "production", commit: "0a1b2c", url: "https://ci.example.com/1?a=b", actor: "alice",
      outcome: outcome, kind: kind, startedAt: time, finishedAt: time, source: "generic", deliveryID: "d-1",
      receivedAt: time)
  }

  @Test("service and version are enough")
  func minimum() throws {
    let record = try decode(#"{"service":"checkout","version":"1.4.2"}"#)
    #expect(record.id.count == 26)
    #expect(
      record
        == DeployRecord(
          id: record.id, service: "checkout", version: "1.4.2", finishedAt: receivedAt, source: "generic",
          receivedAt: receivedAt))
  }

  @Test("reads every field, and passes over what it does not know")
  func everything() throws {
    let record = try decode(
      """
      {"service":"checkout","version":"1.4.2","previous_version":"1.4.1","environment":"production",
       "commit":"0a1b2c","url":"https://ci/1","actor":"alice","outcome":"failure","kind":"rolledback",
       "started_at":"2026-11-24T03:40:00Z","finished_at":"2026-11-24T04:45:00+01:00","color":{"deep":[1]}}
      """)
    #expect(
      record.previousVersion == "1.4.1" && record.environment == "production" && record.actor == "alice")
    #expect(record.commit == "0a1b2c" && record.url == "https://ci/1")
    #expect(record.outcome == .failure && record.kind == .rolledback)
    #expect(record.startedAt == utc("2026-11-24T03:40:00") && record.finishedAt == utc("2026-11-24T03:45:00"))
  }

  @Test("a previous version makes it an upgrade, empty texts and null are as good as absent")
  func defaults() throws {
    #expect(try decode(#"{"service":"s","version":"2","previous_version":"1"}"#).kind == .upgraded)
    let blank = try decode(#"{"service":"s","version":"2","previous_version":"","actor":null,"outcome":" "}"#)
    #expect(blank.kind == .deployed && blank.actor == nil && blank.outcome == .success)
  }

  @Test("the sender's own id names the deploy, the transport's the delivery")
  func ids() throws {
    let body = #"{"id":"run-7","service":"s","version":"2"}"#
    let record = try decode(body)
    #expect(record.deployID == "run-7" && record.deliveryID == nil && record.id != "run-7")
    let delivered = try DeployDecoder.generic(bytes(body), deliveryID: "header", receivedAt: receivedAt)
    #expect(delivered.deployID == "run-7" && delivered.deliveryID == "header")
  }

  @Test(
    "names the field at fault",
    arguments: [
      ("{}", "/service"), (#"{"service":"s"}"#, "/version"), (#"{"service":"","version":"1"}"#, "/service"),
      (#"{"service":3,"version":"1"}"#, "/service"), (#"{"service":"s","version":[]}"#, "/version"),
      (#"{"service":"s","version":"1","outcome":"great"}"#, "/outcome"),
      (#"{"service":"s","version":"1","kind":"x"}"#, "/kind"),
      (#"{"service":"s","version":"1","id":7}"#, "/id"),
      (#"{"service":"s","version":"1","started_at":"noon"}"#, "/started_at"),
      (#"{"service":"s","version":"1","finished_at":"2026-02-30T00:00:00Z"}"#, "/finished_at"),
      (#"{"service":"s","version":"1","finished_at":1795492174}"#, "/finished_at"),
      ("{\"service\":\"\(String(repeating: "s", count: 2000))\",\"version\":\"1\"}", "/service"),
      ("[]", ""), ("3", ""), ("null", ""),
    ])
  func faults(body: String, pointer: String) {
    let error = #expect(throws: DeployError.self) { try decode(body) }
    #expect(error?.pointer == pointer)
  }

  @Test(
    "what is not JSON in UTF-8 is refused as such",
    arguments: [
      "", "{", "\u{0}", "{\"service\":\"s\",\"version\":\"\\x\"}", String(repeating: "[", count: 100_000),
    ])
  func notJSON(body: String) {
    #expect(throws: DeployError.notJSON) { try decode(body) }
  }

  @Test(
    "any bytes give a record or an error, never a crash",
    arguments: ["flux-event.error.json", "github-deployment_status.success.json", nil])
  func mutations(name: String?) throws {
    let full = Self.record(.upgraded, .inProgress, full: true)
    let original = try name.map(fixture) ?? Array(JSONEncoder().encode(full))
    for _ in 0..<1500 {
      var body = original
      for _ in 0..<Int.random(in: 1...3) {
        let index = Int.random(in: body.indices)
        if Bool.random() {
          body[index] ^= 1 << UInt8.random(in: 0..<8)
        } else {
          body.swapAt(index, .random(in: body.indices))
        }
      }
      if Int.random(in: 0..<4) == 0 { body.removeLast(.random(in: body.indices)) }
      do throws(DeployError) {
        let record = try DeployDecoder.generic(body, receivedAt: receivedAt)
        #expect(!record.service.isEmpty && !record.version.isEmpty)
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }

  @Test("a record reads back as it was written")
  func codable() throws {
    let record = Self.record(.upgraded, .failure, full: true)
    #expect(try JSONDecoder().decode(DeployRecord.self, from: JSONEncoder().encode(record)) == record)
  }
}

@Suite("CDEvent")
struct CDEventTests {
  @Test(
    "is valid by the official schemas",
    .enabled(if: Python.has("jsonschema"), "needs python3 with jsonschema"),
    arguments: [DeployKind.deployed, .upgraded, .rolledback], DeployOutcome.allCases)
  func schema(kind: DeployKind, outcome: DeployOutcome) throws {
    // The schema of a roll-back is that of an upgrade but for the name of the type.
    let name = kind == .rolledback ? "upgraded" : kind.rawValue
    let script = """
      import json, sys, jsonschema
      text = open(sys.argv[1]).read().replace("service.\(name).0.3.0", "service.\(kind.rawValue).0.3.0")
      validator = jsonschema.Draft202012Validator(json.loads(text), format_checker=jsonschema.FormatChecker())
      lines = sys.stdin.read().split("\\n")
      for line in lines:
        validator.validate(json.loads(line))
      print(len(lines))
      """
    let records = [true, false].map { DeployRecordTests.record(kind, outcome, full: $0) }
    let lines = try records.map {
      let entry = LedgerEntry($0, isBaseline: outcome == .success, inferred: ["kind"])
      return String(decoding: try entry.cdEvent(host: "web 17"), as: UTF8.self)
    }
    let schema = fixtureURL("cdevents-service\(name).schema.json").path(percentEncoded: false)
    let result = try Python.run(script, [schema], input: bytes(lines.joined(separator: "\n")))
    #expect(result.status == 0 && result.output == "2\n", "\(result.output)")
  }

  @Test(
    "holds every fact of the record, on one line, the same bytes each time", arguments: DeployKind.allCases)
  func facts(kind: DeployKind) throws {
    let record = DeployRecordTests.record(kind, .failure, full: true)
    let entry = LedgerEntry(record, isBaseline: true, inferred: ["previous_version"])
    let line = try entry.cdEvent(host: "web 17/ü")
    #expect(try entry.cdEvent(host: "web 17/ü") == line)
    #expect(!line.contains(UInt8(ascii: "\n")))
    let object = try #require(JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
    let context = try #require(object["context"] as? [String: String])
    #expect(context["type"] == "dev.cdevents.service.\(kind.rawValue).0.3.0")
    #expect(context["source"] == "/exhibit/web%2017%2F%C3%BC")
    #expect(context["id"] == record.id && context["timestamp"] == "2026-11-24T03:00:00.000000000Z")
    let subject = try #require(object["subject"] as? [String: Any])
    let content = try #require(subject["content"] as? [String: Any])
    let artifact = "pkg:generic/check%20out%2F%22%C3%BC%22@1.4.2%2Bbuild%405"
    #expect(content["artifactId"] as? String == (kind == .removed ? nil : artifact))
    let custom = try #require(object["customData"] as? [String: Any])
    #expect(custom["baseline"] as? Bool == true && custom["inferred"] as? [String] == ["previous_version"])
    let texts = custom.compactMapValues { $0 as? String }
    #expect(texts["outcome"] == "failure" && texts["previous_version"] == "1.4.1")
    #expect(texts["actor"] == "alice" && texts["commit"] == "0a1b2c" && texts["delivery_id"] == "d-1")
    #expect(texts["host"] == "web 17/ü" && texts["deploy_id"] == record.id)
  }
}
