import Foundation
import Storage
import Testing

@testable import Agent

private let canBeOthers =
  geteuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv") && Shell.hasTools

@Suite("Users of this host at the socket", .enabled(if: canBeOthers, "needs root, setpriv and curl"))
struct SocketUserTests {
  /// Everybody may open the socket: what they may do then is what is tested.
  private func bench(_ entries: [AgentConfiguration.SocketEntry]) throws -> APIBench {
    try APIBench { configuration, root in
      configuration.listen.socket = root + "/s"
      configuration.listen.socketUsers = entries
    }
  }

  private func ask(_ bench: APIBench, _ path: String, _ who: String = "") async throws -> String {
    let socket = bench.root + "/s"
    return try await Shell.run(
      "chmod 755 \(bench.root); chmod 666 \(socket); \(who) curl -s -o /dev/null -w '%{http_code}' "
        + "--unix-socket \(socket) http://x\(path)"
    ).output
  }

  private let nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups"

  @Test("whoever may open it may do everything where nothing is said, and the audit names them")
  func open() async throws {
    let bench = try bench([])
    try await bench.listenOnSocket {
      let status1 = try await ask(bench, "/v1/audit")
      #expect(status1 == "200")
      let status2 = try await ask(bench, "/v1/audit", nobody)
      #expect(status2 == "200")
    }
    let principals = try await bench.audit.log.rows(before: nil, limit: 9).elements.map(\.principal)
    #expect(principals == ["unix:65534/nobody", "unix:0/root"])
  }

  @Test("users have the roles of their entries, and root has all")
  func mapped() async throws {
    let bench = try bench([.init(user: "nobody", roles: [.read]), .init(user: "daemon", roles: [.admin])])
    try await bench.listenOnSocket {
      let status3 = try await ask(bench, "/v1/audit")
      #expect(status3 == "200")
      let status4 = try await ask(bench, "/v1/incidents", nobody)
      #expect(status4 == "200")
      let status5 = try await ask(bench, "/v1/audit", nobody)
      #expect(status5 == "403")
    }
  }

  @Test("members of a group have its roles, and others have none")
  func groups() async throws {
    let bench = try bench([.init(group: "daemon", roles: [.read])])
    try await bench.listenOnSocket {
      let status6 = try await ask(bench, "/v1/incidents", nobody)
      #expect(status6 == "403")
      let member = "setpriv --reuid=65534 --regid=1 --clear-groups"
      let status7 = try await ask(bench, "/v1/incidents", member)
      #expect(status7 == "200")
    }
  }
}
