import Evidence
import Signals
import Testing

@Suite("Any bytes")
struct MutationTests {
  static let fixtures = [
    "alertmanager-firing.json", "alertmanager-resolved.json", "cdevents-incident.detected.json",
    "grafana-firing-v12.json", "opsgenie-Create.json", "pagerduty-incident.triggered.json",
    "rootly-incident.created.json", "rootly-incident.resolved.json", "statuspage-incident.created.json",
  ]

  @Test("give a signal or a SignalError, never a crash", arguments: fixtures, SourceRegistry().names)
  func mutations(name: String, sourceName: String) throws {
    let original = try fixture(name)
    let source = try #require(SourceRegistry()[sourceName])
    for _ in 0..<500 {
      let body = mutated(original)
      do throws(SignalError) {
        let signal = try source.decode(body, receivedAt: Timestamp(seconds: 0))
        #expect(signal.title.utf8.count <= 512 && !signal.incidentKey.isEmpty)
        #expect(signal.labels.count <= 64 && signal.links.count <= 8)
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

  @Test("a registry knows its sources and no others")
  func registry() {
    let registry = SourceRegistry()
    #expect(registry.names == ["alertmanager", "generic"])
    for name in registry.names { #expect(registry[name]?.name == name) }
    #expect(registry["nagios"] == nil)
  }
}
