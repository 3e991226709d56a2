import Evidence
import Signals
import Testing

@Suite("Any bytes")
struct MutationTests {
  static let fixtures = [
    "alertmanager-firing.json", "alertmanager-resolved.json", "cdevents-incident.detected.json",
    "cloudevents-batch.json", "datadog-Triggered.json", "firehydrant-incident.UPDATED.json",
    "grafana-firing-v12.json", "incidentio-incident_status_updated_v2.json", "jira-issue_created.json",
    "oncall-created.json", "opsgenie-Create.json", "pagerduty-incident.triggered.json",
    "rootly-incident.created.json",
    "sentry-metric_alert.critical.json", "standardwebhooks-incident.created.json",
    "statuspage-incident.created.json",
  ]

  @Test("give a signal or a SignalError, never a crash", arguments: fixtures, SourceRegistry().names)
  func mutations(name: String, sourceName: String) throws {
    let original = try fixture(name)
    let source = try #require(SourceRegistry()[sourceName]).source
    for _ in 0..<50 {
      let message = SignalMessage(body: mutated(original), receivedAt: Timestamp(seconds: 0))
      do throws(SignalError) {
        for signal in try source.decode(message).signals {
          #expect(signal.title.utf8.count <= 512)
          #expect(signal.incidentKey.isEmpty == (signal.phase == .ignored))
          #expect(signal.labels.count <= 65 && signal.links.count <= 8)
        }
      } catch {
        #expect(!error.description.isEmpty)
      }
    }
  }

  func mutated(_ original: [UInt8]) -> [UInt8] {
    var body = original
    for _ in 0..<Int.random(in: 1...3) where !body.isEmpty {
      let index = Int.random(in: body.indices)
      switch Int.random(in: 0..<5) {
      case 0: body[index] ^= 1 << UInt8.random(in: 0..<8)
      case 1: body.removeLast(body.count - index)
      case 2: body.swapAt(index, .random(in: body.indices))
      case 3: body.removeSubrange(index..<min(body.count, index + .random(in: 1...20)))
      default:
        body.insert(contentsOf: body[index..<min(body.count, index + 40)], at: .random(in: body.indices))
      }
    }
    return body
  }

  @Test("a registry knows every row of the table by its name, once, and no others")
  func registry() {
    let registry = SourceRegistry()
    #expect(registry.names == SourceTable.all.map(\.name).sorted())
    #expect(Set(registry.names).count == SourceTable.all.count)
    for name in registry.names { #expect(registry[name]?.source.name == name) }
    #expect(registry["nagios"] == nil)
  }

  @Test("a configured source takes the place of the row of its name, and may have a name of its own")
  func configured() throws {
    let secret = Secret(bytes("0123456789abcdef"))
    let grafana = try #require(SourceRegistry()["grafana"]).source
    let registry = SourceRegistry([
      RegisteredSource(grafana, secrets: [secret]),
      RegisteredSource(grafana.named("team-b"), scheme: .bearer),
    ])
    #expect(registry["grafana"]?.secrets == [secret])
    #expect(registry["team-b"]?.scheme == .bearer)
    #expect(registry["team-b"]?.source.name == "team-b")
    #expect(registry.names.count == SourceTable.all.count + 1)
  }
}
