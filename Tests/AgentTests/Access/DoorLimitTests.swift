import Foundation
import Storage
import Testing

@testable import Agent

@Suite("Hostile clients", .enabled(if: Shell.hasTools, "needs curl, openssl and python3"))
struct DoorLimitTests {
  private func bench(_ change: @escaping (inout AgentConfiguration.Listen) -> Void = { _ in }) throws
    -> APIBench
  {
    try APIBench { configuration, _ in
      // What is no test of these times has enough of them on a busy machine.
      configuration.listen.headerTimeout = .seconds(60)
      configuration.listen.bodyTimeout = .seconds(60)
      change(&configuration.listen)
    }
  }

  @Test(
    "are answered or cut, and others are served meanwhile",
    arguments: [
      ("silent 50", "50 HTTP/1.1 408 Request Timeout"), ("slow_header 50", "50 HTTP/1.1 408 Request Timeout"),
      ("slow_body 20", "20 HTTP/1.1 401 Unauthorized"), ("many_headers 3", "3 HTTP/1.1 400 Bad Request"),
      ("endless_header 3", "3 HTTP/1.1 400 Bad Request"), ("no_http 3", "3 HTTP/1.1 400 Bad Request"),
      ("endless_path 3", "3 HTTP/1.1 400 Bad Request"),
    ])
  func cut(attack: String, expected: String) async throws {
    let bench = try bench { if expected.contains("408") { $0.headerTimeout = .seconds(1) } }
    try await bench.listen { port in
      let run = try await Shell.attack(port, attack)
      #expect(run.status == 0 && run.output.hasPrefix("honest HTTP/1.1 200 OK"), "\(run.output)")
      // A connection may be reset before its client has read the answer.
      #expect(run.output.contains(expected) || run.output.contains("reset"), "\(run.output)")
    }
  }

  @Test("a body that does not come is not waited for")
  func slowBody() async throws {
    let bench = try bench { $0.bodyTimeout = .seconds(1) }
    try await bench.listen { port in
      let run = try await Shell.run(
        "(printf 'POST /v1/signals/generic HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer \(APIBench.signalToken)\\r\\n"
          + "Content-Length: 100\\r\\n\\r\\n{'; sleep 30) | timeout 20 /usr/bin/python3 -c '"
          + "import socket, sys\ns = socket.create_connection((\"127.0.0.1\", \(port)))\n"
          + "s.sendall(sys.stdin.buffer.read1())\nprint(s.recv(4096).split(b\"\\r\\n\")[0])'")
      #expect(run.output.contains("408 Request Timeout"), "\(run)")
    }
  }

  @Test("silent connections push out each other, not who asks something", arguments: [200, 1500])
  func connections(count: Int) async throws {
    let bench = try bench {
      $0.maxConnections = 100
      $0.maxConnectionsPerAddress = 64
    }
    try await bench.listen { port in
      let run = try await Shell.attack(port, "idle \(count)")
      #expect(run.output.contains("honest HTTP/1.1 200 OK"), "\(run)")
    }
  }

  @Test("a gigabyte that nobody asked for is refused, and the sender told")
  func hugeBody() async throws {
    let bench = try bench()
    try await bench.listen { port in
      // With its length told, and without.
      for (source, upload) in [
        ("truncate -s 1G \(bench.root)/huge", "-T \(bench.root)/huge"), ("head -c 1G /dev/zero 2>&-", "-T -"),
      ] {
        let run = try await Shell.run(
          """
          \(source) | curl -s -o /dev/null -w '%{http_code} %{size_upload}' -X POST \(upload) \
          -H 'Authorization: Bearer \(APIBench.signalToken)' -H 'Expect:' \
          http://127.0.0.1:\(port)/v1/signals/generic
          """)
        let parts = run.output.split(separator: " ")
        #expect(parts.first == "413", "\(run)")
        let sent = parts.last.flatMap { Int($0) } ?? .max
        #expect(sent < 512 << 20, "\(run)")
      }
      let after = try await Shell.run("curl -s http://127.0.0.1:\(port)/healthz")
      #expect(after.output == "ok\n")
    }
  }

  @Test(
    "what is no JSON, or a strange one, is answered",
    arguments: [
      ("invalid UTF-8", #"printf '{"incident_id":"\xff\xfe"}'"#, ["400", "202"]),
      ("only bytes", "head -c 1000 /dev/urandom", ["400"]),
      ("deep arrays", "head -c 500000 /dev/zero | tr '\\0' '['", ["400"]),
      ("deep objects", #"yes '{"a":' | head -n 100000 | tr -d '\n'"#, ["400"]),
      ("duplicate keys", #"printf '{"incident_id":"A","incident_id":"B"}'"#, ["202", "400"]),
      ("a huge number", #"printf '{"incident_id":1e999999}'"#, ["202", "400"]),
      ("nothing", "printf ''", ["400"]),
      ("NUL bytes", "head -c 1000 /dev/zero", ["400"]),
    ])
  func bodies(name: String, make: String, expected: [String]) async throws {
    try await bench().listen { port in
      let run = try await Shell.run(
        """
        \(make) | curl -s -o /dev/null -w '%{http_code}' -X POST --data-binary @- \
        -H 'Authorization: Bearer \(APIBench.signalToken)' http://127.0.0.1:\(port)/v1/signals/generic
        """)
      #expect(expected.contains { run.output.hasSuffix($0) }, "\(name): \(run)")
    }
  }

  @Test("an address that asks too much is told to come again, and never with 429")
  func requests() async throws {
    try await bench { $0.maxRequests = 1 }.listen { port in
      let run = try await Shell.run(
        """
        curl -s -w '%{http_code} ' -o /dev/null http://127.0.0.1:\(port)/healthz?[1-40]
        curl -s -D - http://127.0.0.1:\(port)/healthz
        """)
      #expect(
        run.output.contains("200") && run.output.contains("503") && !run.output.contains("429"), "\(run)")
    }
  }

  @Test("failures are throttled, and do not fill the audit; who has a token is let in nevertheless")
  func failures() async throws {
    let bench = try bench { $0.maxFailures = 5 }
    try await bench.listen { port in
      let run = try await Shell.run(
        "curl -s -w '%{http_code} ' -o /dev/null -H 'Authorization: Bearer wrong' http://127.0.0.1:\(port)/v1/incidents?[1-100]"
      )
      let codes = run.output.split(separator: " ")
      #expect(codes.filter { $0 == "401" }.count >= 5 && codes.contains("429"), "\(codes)")
      let honest = try await Shell.run(
        "curl -s -w '%{http_code}' -o /dev/null -H 'Authorization: Bearer \(APIBench.readToken)' http://127.0.0.1:\(port)/v1/incidents"
      )
      #expect(honest.output == "200")
    }
    let rows = try await bench.audit.log.rows(before: nil, action: "request", limit: 100).elements
    #expect(rows.count < 20 && rows.contains { $0.action == "request.throttled" }, "\(rows.count)")
  }
}

@Suite("What an address used up")
struct AddressLimitTests {
  @Test("comes back with time, and exceeding is counted until it does")
  func buckets() {
    let limits = AddressLimits()
    let start = ContinuousClock.now
    for _ in 0..<3 { #expect(limits.use("a", burst: 3, perSecond: 1, at: start) == .allowed) }
    #expect(limits.use("a", burst: 3, perSecond: 1, at: start) == .exceeded(1))
    #expect(limits.use("a", burst: 3, perSecond: 1, at: start) == .exceeded(2))
    #expect(limits.use("b", burst: 3, perSecond: 1, at: start) == .allowed)
    let later = start.advanced(by: .seconds(2))
    #expect(limits.use("a", burst: 3, perSecond: 1, at: later) == .allowed)
    #expect(limits.use("a", burst: 3, perSecond: 1, at: later) == .allowed)
    #expect(limits.use("a", burst: 3, perSecond: 1, at: later) == .exceeded(1))
  }

  @Test("the table is bounded, and forgets who was quiet for the longest time")
  func bounded() {
    let limits = AddressLimits(capacity: 100)
    let start = ContinuousClock.now
    for index in 0..<1000 {
      _ = limits.use("\(index)", burst: 1, perSecond: 0, at: start.advanced(by: .seconds(index)))
    }
    #expect(limits.count <= 100)
    #expect(limits.use("999", burst: 1, perSecond: 0, at: start.advanced(by: .seconds(1000))) == .exceeded(1))
  }

  @Test(
    "an IPv6 host is its /64, an IPv4 host is itself however it comes",
    arguments: [
      ("192.0.2.7", "192.0.2.7"), ("::ffff:192.0.2.7", "192.0.2.7"),
      ("2001:db8:1:2:3:4:5:6", "20010db800010002/64"), ("2001:db8:1:2::9", "20010db800010002/64"),
      ("unix", "unix"),
    ])
  func groups(address: String, group: String) {
    #expect(addressGroup(address) == group)
  }
}
