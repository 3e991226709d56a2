import Foundation
import Testing

@Suite("An agent under attack", .enabled(if: FakeAgent.isAvailable, "needs python3 and curl"), .serialized)
struct AgentAttackTests {
  private let script = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/exhibit/attack.py").standardizedFileURL.path

  /// Bytes by which its memory may grow meanwhile: the buffers of a thousand connections, and no body.
  private let growth = 128 << 20

  @Test("serves others and stays small while 5,000 silent connections stand before it")
  func connections() async throws {
    let agent = try await LiveAgent("header_timeout: 5m")
    let before = try agent.peakMemory()
    let run = try await agent.shell("/usr/bin/python3 \(script) \(agent.port) idle 5000")
    #expect(run.output == "honest HTTP/1.1 200 OK\n")
    // The other door has room of its own.
    #expect(try await agent.exhibit("incidents --json") == "[\n\n]\n")
    #expect(try agent.peakMemory() - before < growth)
  }

  @Test("stays small through a gigabyte of body, a flood of headers and a slow crowd")
  func floods() async throws {
    let agent = try await LiveAgent("header_timeout: 2s, body_timeout: 10s")
    let token = try await agent.exhibit("token create flood --role signal").trimmingCharacters(
      in: .whitespacesAndNewlines)
    try #require(token.hasPrefix("exh_"))
    let before = try agent.peakMemory()
    let body = try await agent.shell(
      """
      head -c 1G /dev/zero | curl -s -o /dev/null -w '%{http_code}' -X POST -T - \
      -H 'Authorization: Bearer \(token)' http://127.0.0.1:\(agent.port)/v1/signals/generic
      """)
    #expect(body.output == "413")
    for attack in ["many_headers 20", "endless_header 20", "endless_path 5", "slow_header 500", "silent 500"]
    {
      let run = try await agent.shell("/usr/bin/python3 \(script) \(agent.port) \(attack)")
      #expect(run.status == 0 && run.output.hasPrefix("honest HTTP/1.1 200 OK"), "\(attack): \(run)")
    }
    #expect(try agent.peakMemory() - before < growth)
  }
}
