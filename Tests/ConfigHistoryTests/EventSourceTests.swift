import Foundation
import Testing

@testable import ConfigHistory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("A source of events", .serialized)
struct EventSourceTests {
  private func open(_ mechanism: WatchPreference) throws -> any EventSource {
    try #require(EventSourceChoice.open(mechanism, for: [Array("/tmp".utf8)]).source)
  }

  private static func queueLimit(_ mechanism: WatchPreference) -> String {
    "/proc/sys/fs/\(mechanism.rawValue)/max_queued_events"
  }

  @Test(
    "says when the kernel's queue has dropped events", .enabled(if: getuid() == 0, "needs root"),
    arguments: eventMechanisms)
  func overflow(mechanism: WatchPreference) throws {
    let path = Self.queueLimit(mechanism)
    let usual = try String(contentsOfFile: path, encoding: .utf8)
    // The limit holds for instances that are made while it is set.
    try Data("16".utf8).write(to: URL(fileURLWithPath: path))
    let source = Result { try open(mechanism) }
    try Data(usual.utf8).write(to: URL(fileURLWithPath: path))
    let events = try source.get()
    let folder = try TemporaryFolder()
    events.watch(try OpenFolder(path: Array(folder.path.utf8)), path: Array("/x".utf8), for: .contents)
    for number in 0..<100 { try folder.write("f\(number)", "1") }
    var seen = 0
    let isOverflown = try events.drain { _ in seen += 1 }
    #expect(isOverflown && seen <= 16)
  }

  @Test("gives what concerns registered folders, and nothing of others", arguments: eventMechanisms)
  func foreign(mechanism: WatchPreference) throws {
    let events = try open(mechanism)
    let (watched, foreign) = (try TemporaryFolder(), try TemporaryFolder())
    events.watch(try OpenFolder(path: Array(watched.path.utf8)), path: Array("/x".utf8), for: .contents)
    for number in 0..<50 { try foreign.write("f\(number)", "1") }
    try watched.write("a", "1")
    try watched.makeFolder("d")
    #expect(chmod(watched.path, 0o700) == 0)
    var seen: [String: Bool] = [:]
    _ = try events.drain { seen[String(decoding: $0.path, as: UTF8.self)] = $0.isDeep }
    #expect(seen == ["/x/a": false, "/x/d": true, "/x": false])
    #expect(mechanism == .inotify || events.foreignCount >= 50)
  }

  @Test("forgets folders that a whole scan has not met again", arguments: eventMechanisms)
  func rounds(mechanism: WatchPreference) throws {
    let events = try open(mechanism)
    let (first, second) = (try TemporaryFolder(), try TemporaryFolder())
    for folder in [first, second] {
      events.watch(
        try OpenFolder(path: Array(folder.path.utf8)), path: Array(folder.path.utf8), for: .contents)
    }
    #expect(events.folderCount == 2)
    events.beginRound()
    events.watch(try OpenFolder(path: Array(second.path.utf8)), path: Array("/new".utf8), for: .contents)
    events.endRound()
    #expect(events.folderCount == 1)
    try first.write("a", "1")
    try second.write("a", "1")
    var seen: Set<String> = []
    _ = try events.drain { seen.insert(String(decoding: $0.path, as: UTF8.self)) }
    #expect(seen.subtracting(["/new/a"]).isEmpty && seen.contains("/new/a"))
  }

  @Test("of folders on the way tells names only", arguments: eventMechanisms)
  func namesOnly(mechanism: WatchPreference) throws {
    let events = try open(mechanism)
    let folder = try TemporaryFolder()
    try folder.write("a", "1")
    events.watch(try OpenFolder(path: Array(folder.path.utf8)), path: Array("/x".utf8), for: .names)
    #expect(chmod(folder.file("a"), 0o600) == 0)
    try folder.write("a", "2")
    try folder.remove("a")
    var seen: [String] = []
    _ = try events.drain { seen.append(String(decoding: $0.path, as: UTF8.self)) }
    #expect(Set(seen) == ["/x/a"])
  }

  @Test(
    "by inotify says how many folders are beyond the kernel's limit",
    .enabled(if: getuid() == 0, "needs root"))
  func watchLimit() throws {
    let usual = try String(contentsOfFile: InotifySource.limitPath, encoding: .utf8)
    let events = try InotifySource()
    let folders = try (0..<3).map { _ in try TemporaryFolder() }
    try Data("1".utf8).write(to: URL(fileURLWithPath: InotifySource.limitPath))
    for folder in folders {
      events.watch(
        try OpenFolder(path: Array(folder.path.utf8)), path: Array(folder.path.utf8), for: .contents)
    }
    try Data(usual.utf8).write(to: URL(fileURLWithPath: InotifySource.limitPath))
    let shortfall = try #require(events.shortfall)
    #expect(shortfall.contains("fs.inotify.max_user_watches") && shortfall.contains("sysctl -w"))
    #expect(events.folderCount < 3)
  }
}

@Suite("Pending changes")
struct PendingChangesTests {
  private let start = ContinuousClock.now

  private func event(_ path: String, isContent: Bool = true) -> PathEvent {
    PathEvent(path: Array(path.utf8), isContent: isContent)
  }

  private func take(_ pending: PendingChanges, after milliseconds: Int) -> [String] {
    pending.take(
      now: start + .milliseconds(milliseconds), settle: .milliseconds(200), longest: .milliseconds(1000),
      limit: 100
    ).map { String(decoding: $0.path, as: UTF8.self) }
  }

  @Test("wait until they are quiet, but no longer than allowed")
  func settling() {
    let pending = PendingChanges()
    for time in stride(from: 0, through: 1200, by: 100) {
      #expect(pending.mark(event("/busy"), actor: nil, at: start + .milliseconds(time), limit: 10))
      if time == 0 { _ = pending.mark(event("/quiet"), actor: nil, at: start, limit: 10) }
      let due = take(pending, after: time)
      #expect(due.contains("/quiet") == (time == 200), "\(time)")
      #expect(due.contains("/busy") == (time == 1000), "\(time)")
    }
  }

  @Test("beyond their bound are forgotten, once and loudly")
  func bound() {
    let pending = PendingChanges()
    for number in 0..<10 { #expect(pending.mark(event("/\(number)"), actor: nil, at: start, limit: 10)) }
    #expect(!pending.mark(event("/one-too-many"), actor: nil, at: start, limit: 10))
    #expect(pending.isOverflown && pending.count == 0)
    #expect(pending.mark(event("/later"), actor: nil, at: start, limit: 10) && pending.count == 0)
    pending.clearOverflow()
    #expect(pending.mark(event("/later"), actor: nil, at: start, limit: 10) && pending.count == 1)
  }

  @Test("name who wrote rather than who set the mode after that")
  func actors() {
    let pending = PendingChanges()
    let (writer, other) = (ActorFacts(pid: 1), ActorFacts(pid: 2))
    _ = pending.mark(event("/a", isContent: false), actor: other, at: start, limit: 10)
    #expect(pending.actor(of: Array("/a".utf8)) == other)
    _ = pending.mark(event("/a"), actor: writer, at: start, limit: 10)
    _ = pending.mark(event("/a", isContent: false), actor: other, at: start, limit: 10)
    #expect(pending.actor(of: Array("/a".utf8)) == writer)
  }
}

@Suite("Who wrote")
struct ActorReaderTests {
  @Test(
    "is in the unit that the cgroup names",
    arguments: [
      ("0::/system.slice/nginx.service\n", "nginx.service"),
      ("0::/user.slice/user-1000.slice/session-3.scope\n", "session-3.scope"),
      ("0::/user.slice/user-1000.slice/user@1000.service/app.slice/a.service\n", "a.service"),
      ("9:name=systemd:/system.slice/cron.service\n8:pids:/x.service\n0::/\n", "cron.service"),
      ("0::/\n", nil), ("nonsense", nil), ("8:pids:/x.service\n", nil),
    ] as [(String, String?)])
  func unit(cgroup: String, expected: String?) {
    #expect(ActorReader.unit(Array(cgroup.utf8)) == expected)
  }

  @Test("is read from /proc, and a process that is gone is unknown")
  func facts() throws {
    var reader = ActorReader()
    let own = reader.facts(of: getpid(), now: .now)
    #expect(own.command?.isEmpty == false && own.uid == geteuid())
    let gone = reader.facts(of: 0x7FFF_FFF0, now: .now)
    #expect(gone == ActorFacts(pid: 0x7FFF_FFF0))
    let actor = try Rig().actor(gone)
    #expect(actor.text == "pid 2147483632, gone before it could be looked at")
  }

  @Test("is remembered for a moment, longer when it is gone, and in bounded room")
  func cache() throws {
    let folder = try TemporaryFolder()
    try folder.write("7/cmdline", "vim\0/etc/hosts\0")
    try folder.write("7/loginuid", "4294967295")
    try folder.write("7/status", "Name:\tvim\nUid:\t1000\t0\t0\t0\n")
    var reader = ActorReader(root: folder.path)
    let start = ContinuousClock.now
    let first = reader.facts(of: 7, now: start)
    #expect(first.command == "vim /etc/hosts" && first.uid == 0 && first.loginUID == nil)
    try folder.remove("7")
    for pid in Int32(100)..<400 { _ = reader.facts(of: pid, now: start) }
    #expect(reader.facts(of: 7, now: start + .seconds(6)).command == nil)
    try folder.write("8/cmdline", "cp\0")
    _ = reader.facts(of: 8, now: start + .seconds(7))
    try folder.remove("8")
    #expect(reader.facts(of: 8, now: start + .seconds(9)).command == "cp")
    #expect(reader.facts(of: 8, now: start + .seconds(60)).command == nil)
  }
}

extension Rig {
  func actor(_ facts: ActorFacts) -> ChangeActor {
    ChangeActor(facts, redactor: redactor, names: AccountNames(passwd: "", group: ""))
  }
}

@Suite("The pace of reading events")
struct ReadPaceTests {
  @Test("lets a burst through, holds a storm back, and lets the next burst through")
  func paces() {
    var now = ContinuousClock.now
    var pace = ReadPace(at: now)
    /// How many of the reads of so many seconds of a storm come, each some microseconds after the other one or the pause.
    func reads(_ seconds: Int) -> Int {
      let end = now + .seconds(seconds)
      var count = 0
      while now < end {
        pace.count(now)
        count += 1
        now += pace.wait + .microseconds(50)
      }
      return count
    }
    let first = reads(1)
    #expect(first >= Int(ReadPace.burst) && first < 240)
    #expect(reads(60) <= 31 * 60)
    now += .seconds(10)
    #expect(reads(1) >= Int(ReadPace.burst))
  }
}
