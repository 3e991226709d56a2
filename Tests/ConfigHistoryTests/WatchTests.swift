import Evidence
import Foundation
import Testing

@testable import ConfigHistory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("The watch", .serialized)
struct WatchTests {
  @Test("is by fanotify where the kernel and the rights allow it", .enabled(if: getuid() == 0, "needs root"))
  func automatic() throws {
    let rig = try Rig()
    let running = try RunningWatch(rig, .automatic)
    try wait("the status") { running.watch.status.folders > 0 }
    let status = running.watch.status
    if fanotifyProblem == nil {
      #expect(status.mechanism == .fanotify && status.reason == nil)
    } else {
      #expect(status.mechanism == .inotify && status.reason?.isEmpty == false)
    }
    #expect(status.shortfall == nil)
  }

  /// What is done to the folder, and what the change is then called.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var kinds: [String: ConfigChange.Kind]
    var act: @Sendable (TemporaryFolder) throws -> Void
  }

  static let cases = [
    Case(testDescription: "created", kinds: ["new": .created]) { try $0.write("new", "1\n") },
    Case(testDescription: "modified in a folder", kinds: ["sub/b": .modified]) {
      try $0.write("sub/b", "2\n")
    },
    Case(
      testDescription: "created in folders that are new",
      kinds: ["d": .created, "d/e": .created, "d/e/f": .created]
    ) {
      try $0.write("d/e/f", "1\n")
    },
    Case(testDescription: "deleted", kinds: ["a": .deleted]) { try $0.remove("a") },
    Case(testDescription: "deleted folder", kinds: ["sub": .deleted, "sub/b": .deleted]) {
      try $0.remove("sub")
    },
    Case(testDescription: "written and renamed", kinds: ["a": .modified]) { folder in
      try folder.write(".a.tmp", "2\n")
      #expect(rename(folder.file(".a.tmp"), folder.file("a")) == 0)
    },
    Case(
      testDescription: "folder renamed",
      kinds: ["sub": .deleted, "other": .created, "other/b": .renamed]
    ) { #expect(rename($0.file("sub"), $0.file("other")) == 0) },
    Case(testDescription: "mode", kinds: ["a": .metadata]) { #expect(chmod($0.file("a"), 0o600) == 0) },
    Case(testDescription: "mode of a folder", kinds: ["sub": .metadata]) {
      #expect(chmod($0.file("sub"), 0o700) == 0)
    },
    Case(testDescription: "file to folder", kinds: ["a": .type, "a/b": .created]) { folder in
      try folder.remove("a")
      try folder.write("a/b", "x")
    },
    Case(testDescription: "symlink", kinds: ["link": .modified]) { folder in
      try folder.link(".l", to: "elsewhere")
      #expect(rename(folder.file(".l"), folder.file("link")) == 0)
    },
  ]

  @Test("sees each kind of change without a whole scan", arguments: eventMechanisms, cases)
  func kinds(mechanism: WatchPreference, change: Case) throws {
    let rig = try Rig()
    try rig.folder.write("a", "1\n")
    try rig.folder.write("sub/b", "1\n")
    try rig.folder.link("link", to: "a")
    let running = try RunningWatch(rig, mechanism)
    let start = Timestamp.now()
    try change.act(rig.folder)
    func seen() throws -> [String: ConfigChange.Kind] {
      let window = TimeWindow(from: start, to: Timestamp.now())
      let changes = try rig.history.changes(in: window).map {
        (String($0.path.dropFirst(rig.folder.path.count + 1)), $0.kind)
      }
      // A temporary file that was seen is gone again.
      return Dictionary(changes, uniquingKeysWith: { $1 }).filter { !$0.key.hasPrefix(".") }
    }
    try wait("\(change.kinds)") { try seen() == change.kinds }
    #expect(running.wholeScans == 1 && running.failures.isEmpty)
    running.stop()
    // A whole scan finds nothing that the events have not told.
    #expect(try rig.history.scan(rig.scope, redactor: rig.redactor, at: .now()).changed == 0)
  }

  @Test("follows a folder that is renamed, and files in it after that", arguments: eventMechanisms)
  func renamedFolder(mechanism: WatchPreference) throws {
    let rig = try Rig()
    try rig.folder.write("sub/deep/b", "1\n")
    let running = try RunningWatch(rig, mechanism)
    let start = Timestamp.now()
    #expect(rename(rig.folder.file("sub"), rig.folder.file("other")) == 0)
    func names() throws -> Set<String> {
      Set(try rig.liveStates().keys.map { String($0.dropFirst(rig.folder.path.count)) })
    }
    try wait("the new name") { try names() == ["", "/other", "/other/deep", "/other/deep/b"] }
    try rig.folder.write("other/deep/b", "2\n")
    try wait("a change under it") {
      let path = rig.folder.file("other/deep/b")
      let change = try rig.history.changes(in: TimeWindow(from: start, to: .now())).first { $0.path == path }
      return change?.versions == 2
    }
    #expect(running.wholeScans == 1)
  }

  @Test("says who wrote", .enabled(if: fanotifyProblem == nil, "needs fanotify"))
  func actor() throws {
    let rig = try Rig()
    try rig.folder.write("a", "1\n")
    let running = try RunningWatch(rig, .fanotify)
    let start = Timestamp.now()
    let secret = "Zk3vQ9pLx7Tn2RwY8mBc"
    try run("/bin/sh", ["-c", "echo 2 > a; sleep 1; : --password=\(secret)"], in: rig.folder.path)
    try wait("the change") { try !rig.history.changes(in: TimeWindow(from: start, to: .now())).isEmpty }
    let change = try #require(try rig.history.changes(in: TimeWindow(from: start, to: .now())).first)
    let writer = try #require(change.writer)
    #expect(writer.command?.hasPrefix("/bin/sh -c echo 2 > a; sleep 1") == true)
    #expect(writer.uid == getuid() && writer.pid != getpid())
    #expect(change.actor?.contains("echo 2 > a") == true && change.timelineEvent().actor == change.actor)
    #expect(writer.command?.contains(secret) == false)
    running.stop()
    for name in try FileManager.default.contentsOfDirectory(atPath: rig.store.path) {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: rig.store.file(name)))
      #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)")
    }
  }

  @Test("records a file that is never quiet", arguments: eventMechanisms)
  func neverQuiet(mechanism: WatchPreference) throws {
    let rig = try Rig()
    let path = try rig.folder.write("a", "0\n")
    let running = try RunningWatch(rig, mechanism) {
      $0.settle = .seconds(3600)
      $0.longestWait = .milliseconds(100)
    }
    let start = Timestamp.now()
    var round = 0
    try wait("two versions") {
      round += 1
      try Data("\(round)\n".utf8).write(to: URL(fileURLWithPath: path))
      return try (rig.history.changes(in: TimeWindow(from: start, to: .now())).first?.versions ?? 0) > 1
    }
    #expect(running.wholeScans == 1)
  }

  @Test("looks at everything when more paths wait than may", arguments: eventMechanisms)
  func pendingOverflow(mechanism: WatchPreference) throws {
    let rig = try Rig()
    let running = try RunningWatch(rig, mechanism) { $0.maximumPending = 10 }
    for number in 0..<200 { try rig.folder.write("f\(number)", "\(number)\n") }
    try wait("a scan of everything") { running.overflows > 0 && running.wholeScans > 1 }
    try wait("all files") { try rig.liveStates().count == 201 }
  }

  @Test("watches a root that comes later, and folders on the way to it", arguments: eventMechanisms)
  func laterRoot(mechanism: WatchPreference) throws {
    var rig = try Rig()
    rig.scope.paths = [rig.folder.file("later/app/x.conf")]
    let running = try RunningWatch(rig, mechanism) { $0.pollInterval = .seconds(3600) }
    let start = Timestamp.now()
    try rig.folder.write("later/app/x.conf", "1\n")
    try rig.folder.write("later/app/unwatched", "1\n")
    func changes() throws -> [ConfigChange] {
      try rig.history.changes(in: TimeWindow(from: start, to: .now()))
    }
    try wait("the root") { try changes().map(\.kind) == [.created] }
    try rig.folder.write("later/app/x.conf", "2\n")
    try wait("its next version") { try changes().first?.versions == 2 }
    #expect(running.wholeScans == 1)
  }

  @Test("a capture looks only at what events told, and misses nothing of it", arguments: eventMechanisms)
  func catchUp(mechanism: WatchPreference) throws {
    var rig = try Rig()
    for number in 0..<50 { try rig.folder.write("sub/f\(number)", "\(number)\n") }
    let elsewhere = try TemporaryFolder()
    let missing = elsewhere.file("missing")
    rig.scope.paths.append(missing)
    // Nothing is looked at by the watch before the capture asks.
    let running = try RunningWatch(rig, mechanism) {
      ($0.settle, $0.longestWait) = (.seconds(3600), .seconds(3600))
    }
    let start = Timestamp.now()
    try rig.folder.write("sub/f1", "another\n")
    try rig.folder.write("new/deep/file", "1\n")
    try rig.folder.remove("sub/f2")
    let report = try rig.history.bringUpToDate(rig.scope, redactor: rig.redactor)
    #expect(report.isFinished && report.files < 10 && report.changed == 5)
    let changes = try rig.history.changes(in: TimeWindow(from: start, to: .now()))
    let names = changes.map { "\($0.kind) \($0.path.dropFirst(rig.folder.path.count + 1))" }
    #expect(
      names == [
        "created new", "created new/deep", "created new/deep/file", "modified sub/f1", "deleted sub/f2",
      ])
    // What the last look at everything could not see is told as well.
    #expect(
      report.gaps.contains { $0.detail.contains(missing) && $0.detail.contains("look at everything at") })
    #expect(running.wholeScans == 1)
    // The watch has forgotten nothing: it still follows what is in the new folders.
    try rig.folder.write("new/deep/later", "1\n")
    #expect(try rig.history.bringUpToDate(rig.scope, redactor: rig.redactor).changed == 1)
    running.stop()
    #expect(try rig.history.scan(rig.scope, redactor: rig.redactor, at: .now()).changed == 0)
  }

  @Test("a capture looks at everything where events do not tell all, under another scope, or without a watch")
  func noCatchUp() throws {
    let rig = try Rig()
    for number in 0..<50 { try rig.folder.write("f\(number)", "\(number)\n") }
    func seen(_ scope: ConfigScope) throws -> Int {
      try rig.history.bringUpToDate(scope, redactor: rig.redactor).files
    }
    #expect(try seen(rig.scope) == 51)
    let polling = try RunningWatch(rig, .poll)
    #expect(try seen(rig.scope) == 51)
    polling.stop()
    let running = try RunningWatch(rig, .inotify) {
      ($0.maximumPending, $0.overflowShare) = (10, 100_000)
      ($0.settle, $0.longestWait) = (.seconds(3600), .seconds(3600))
    }
    #expect(try seen(rig.scope) == 0)
    var other = rig.scope
    other.exclude = [rig.folder.file("f1")]
    #expect(try seen(other) == 50)
    for number in 0..<50 { try rig.folder.write("f\(number)", "other \(number)\n") }
    #expect(try seen(rig.scope) == 51)
    running.stop()
  }

  @Test("polls where nothing else is wanted, and stops when it is told")
  func polling() throws {
    let rig = try Rig()
    let running = try RunningWatch(rig, .poll) { $0.pollInterval = .milliseconds(50) }
    #expect(running.watch.status.mechanism == .poll)
    try rig.folder.write("a", "1\n")
    try wait("the file") { try rig.liveStates().count == 2 }
    running.stop()
    let scans = running.wholeScans
    try rig.folder.write("b", "1\n")
    usleep(200_000)
    #expect(running.wholeScans == scans)
  }
}
