internal import FoundationEssentials
internal import Redaction

/// What `/proc` says of a process that wrote to a watched path; not redacted, so in memory only.
struct ActorFacts: Sendable, Hashable {
  /// The leader of the thread group, in the agent's PID namespace.
  var pid: Int32
  /// Arguments joined by blanks; `nil` where the process was gone before anyone could look.
  var command: String?
  var unit: String?
  var uid: UInt32?
  /// Who logged in (`/proc/PID/loginuid`), which sudo and su do not change; `nil` for what no one logged in for.
  var loginUID: UInt32?
}

/// Who made a change: the process that the kernel named, and what was known of it at that moment.
///
/// Redacted: it is part of the store and of bundles.
package struct ChangeActor: Codable, Sendable, Hashable {
  /// The process, in the PID namespace of the agent.
  package var pid: Int32
  /// Its arguments, redacted; `nil` where it was gone before it could be looked at.
  package var command: String?
  /// The systemd unit that it ran in: a service, or the scope of a session.
  package var unit: String?
  package var uid: UInt32?
  /// The name of `uid` on this host at that time.
  package var user: String?
  package var loginUID: UInt32?
  /// The name of who logged in; sudo and su do not change it.
  package var loginUser: String?

  enum CodingKeys: String, CodingKey {
    case pid, command, unit, uid, user
    case loginUID = "login_uid"
    case loginUser = "login_user"
  }

  init(_ facts: ActorFacts, redactor: Redactor, names: AccountNames) {
    pid = facts.pid
    command = facts.command.map { redactor.redact($0).text }
    unit = facts.unit.map { redactor.redact($0).text }
    uid = facts.uid
    user = facts.uid.flatMap { names.users[$0] }
    loginUID = facts.loginUID
    loginUser = facts.loginUID.flatMap { names.users[$0] }
  }

  /// One line for people: `vim /etc/hosts, by alice as root, in session-3.scope`.
  package var text: String {
    guard let command else { return "pid \(pid), gone before it could be looked at" }
    let user = user ?? uid.map { "uid \($0)" }
    let login = loginUser ?? loginUID.map { "uid \($0)" }
    let who =
      switch (login, user) {
      case (let login?, let user?) where login != user: ", by \(login) as \(user)"
      case (let name?, _), (nil, let name?): ", by \(name)"
      case (nil, nil): ""
      }
    return command + who + (unit.map { ", in \($0)" } ?? "")
  }

  func encoded() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  init(encoded: Data) throws {
    self = try JSONDecoder().decode(ChangeActor.self, from: encoded)
  }
}
