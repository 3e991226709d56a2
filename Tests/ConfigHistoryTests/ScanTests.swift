import ConfigHistory
import Evidence
import Foundation
import Redaction
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("A scan")
struct ScanTests {
  @Test("takes everything in the first scan as a baseline")
  func baseline() throws {
    let rig = try Rig()
    try rig.folder.write("a", "1\n")
    let report = try rig.scan(at: 10)
    #expect(report.isFinished && report.gaps.isEmpty && report.changed == 0)
    // The watched folder and the file.
    #expect(report.baselines == 2 && report.files == 2)
    #expect(try rig.changes(from: 0, to: 20).isEmpty)
    #expect(try rig.history.earliestScan == Timestamp(seconds: 10))
  }

  /// What is done to the folder, and what the change is then called.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var kinds: [String: ConfigChange.Kind]
    var act: @Sendable (TemporaryFolder) throws -> Void
  }

  @Test(
    "sees each kind of change",
    arguments: [
      Case(testDescription: "created", kinds: ["new": .created]) { try $0.write("new", "1\n") },
      Case(testDescription: "created folder", kinds: ["d": .created, "d/e": .created, "d/e/f": .created]) {
        try $0.write("d/e/f", "1\n")
      },
      Case(testDescription: "deleted", kinds: ["a": .deleted]) { try $0.remove("a") },
      Case(testDescription: "deleted folder", kinds: ["sub": .deleted, "sub/b": .deleted]) {
        try $0.remove("sub")
      },
      Case(testDescription: "modified", kinds: ["a": .modified]) { try $0.write("a", "2\n") },
      Case(testDescription: "replaced by rename", kinds: ["a": .modified]) { folder in
        try folder.write("a.tmp", "2\n")
        #expect(rename(folder.file("a.tmp"), folder.file("a")) == 0)
      },
      Case(testDescription: "replaced by the same content", kinds: [:]) { folder in
        try folder.write("a.tmp", "1\n")
        #expect(rename(folder.file("a.tmp"), folder.file("a")) == 0)
      },
      Case(testDescription: "mode", kinds: ["a": .metadata]) { #expect(chmod($0.file("a"), 0o600) == 0) },
      Case(testDescription: "mode of a folder", kinds: ["sub": .metadata]) {
        #expect(chmod($0.file("sub"), 0o700) == 0)
      },
      Case(testDescription: "file to symlink", kinds: ["a": .type]) { folder in
        try folder.remove("a")
        try folder.link("a", to: "sub/b")
      },
      Case(testDescription: "folder to file", kinds: ["sub": .type, "sub/b": .deleted]) { folder in
        try folder.remove("sub")
        try folder.write("sub", "x")
      },
      Case(testDescription: "file to folder", kinds: ["a": .type, "a/b": .created]) { folder in
        try folder.remove("a")
        try folder.write("a/b", "x")
      },
      Case(testDescription: "symlink", kinds: ["link": .modified]) { folder in
        try folder.remove("link")
        try folder.link("link", to: "elsewhere")
      },
      Case(testDescription: "excluded", kinds: [:]) { try $0.write("skip/x", "2\n") },
      Case(testDescription: "touched", kinds: [:]) { #expect(utimes($0.file("a"), nil) == 0) },
    ])
  func kinds(change: Case) throws {
    let rig = try Rig(exclude: ["skip"])
    try rig.folder.write("a", "1\n")
    try rig.folder.write("sub/b", "1\n")
    try rig.folder.makeFolder("skip")
    try rig.folder.link("link", to: "a")
    try rig.scan(at: 10)
    try change.act(rig.folder)
    try rig.scan(at: 20)
    try rig.scan(at: 30)
    let seen = try rig.changesByName(from: 10, to: 30)
    #expect(seen.mapValues(\.kind) == change.kinds)
    for found in seen.values {
      #expect(found.previousSeenAt == Timestamp(seconds: 10) && found.seenAt == Timestamp(seconds: 20))
      #expect(found.versions == 1 && found.intermediate.isEmpty)
      #expect((found.before == nil) == (found.kind == .created))
      #expect((found.after == nil) == (found.kind == .deleted))
    }
    #expect(try rig.changes(from: 20, to: 30).isEmpty)
    #expect(try rig.changes(from: 0, to: 19).isEmpty)
  }

  @Test("tells owner, by number and name", .enabled(if: getuid() == 0, "needs root"))
  func owner() throws {
    let rig = try Rig()
    let path = try rig.folder.write("a", "1\n")
    try rig.scan(at: 10)
    #expect(lchown(path, 1, 0) == 0)
    try rig.scan(at: 20)
    let change = try #require(try rig.changesByName(from: 10, to: 20)["a"])
    #expect(change.kind == .metadata && change.before?.uid == 0 && change.before?.owner == "root")
    #expect(change.after?.uid == 1 && change.after?.owner == "daemon")
  }

  @Test("keeps each version, and a change that was undone shows as reverted")
  func versions() throws {
    let rig = try Rig()
    try rig.folder.write("a", "0\n")
    try rig.scan(at: 10)
    for (time, text) in [(20, "1\n"), (30, "22\n"), (40, "0\n")] {
      try rig.folder.write("a", text)
      try rig.scan(at: Int64(time))
    }
    let whole = try #require(try rig.changes(from: 10, to: 40).first)
    #expect(whole.kind == .reverted && whole.versions == 3)
    #expect(whole.firstSeenAt == Timestamp(seconds: 20) && whole.seenAt == Timestamp(seconds: 40))
    #expect(whole.intermediate == [20, 30].map { Timestamp(seconds: $0) })
    let part = try #require(try rig.changes(from: 20, to: 30).first)
    #expect(part.kind == .modified && part.previousSeenAt == Timestamp(seconds: 20))
    #expect(try text(part.before, rig) == "1\n")
    #expect(try text(part.after, rig) == "22\n")
    // Before the history began there is the baseline to compare with.
    let early = try #require(try rig.changes(from: 0, to: 20).first)
    #expect(early.kind == .modified)
    #expect(try text(early.before, rig) == "0\n")
  }

  @Test("that was stopped deletes nothing, and the next one goes on")
  func stopped() throws {
    let rig = try Rig()
    for number in 0..<20 { try rig.folder.write("d\(number % 4)/f\(number)", "\(number)\n") }
    try rig.scan(at: 10)
    try rig.folder.write("d3/new", "x")
    var asked = 0
    let cut = try rig.scan(at: 20) {
      asked += 1
      return asked > 5
    }
    #expect(!cut.isFinished && cut.gaps.map(\.cause) == [.timeout])
    #expect(try rig.changes(from: 10, to: 20).isEmpty)
    try rig.scan(at: 30)
    let changes = try rig.changesByName(from: 10, to: 30)
    #expect(changes.mapValues(\.kind) == ["d3/new": .created])
    #expect(changes["d3/new"]?.previousSeenAt == Timestamp(seconds: 10))
  }

  @Test("that was stopped as the first one leaves no creations to the next one")
  func stoppedAtFirst() throws {
    let rig = try Rig()
    for number in 0..<20 { try rig.folder.write("f\(number)", "\(number)\n") }
    var asked = 0
    try rig.scan(at: 10) {
      asked += 1
      return asked > 5
    }
    #expect(try rig.history.earliestScan == nil)
    try rig.scan(at: 20)
    #expect(try rig.changes(from: 0, to: 20).isEmpty)
    #expect(try rig.history.earliestScan == Timestamp(seconds: 20))
  }

  @Test("does not call a path new, or gone, because the scope changed")
  func scopeChange() throws {
    var rig = try Rig(exclude: ["skip"])
    try rig.folder.write("a", "1\n")
    try rig.folder.write("skip/b", "1\n")
    try rig.scan(at: 10)
    rig.scope.exclude = ["\(rig.folder.path)/a"]
    try rig.folder.write("c", "1\n")
    let report = try rig.scan(at: 20)
    #expect(report.baselines == 2)
    #expect(try rig.changesByName(from: 10, to: 20).mapValues(\.kind) == ["c": .created])
    rig.scope.exclude = []
    try rig.folder.write("skip/b", "2\n")
    try rig.scan(at: 30)
    #expect(try rig.changesByName(from: 20, to: 30).mapValues(\.kind) == ["skip/b": .modified])
  }

  @Test("names what is configured and not there, and what is not absolute; its appearance is a creation")
  func missingRoot() throws {
    var rig = try Rig()
    rig.scope.paths = [rig.folder.file("later/x.conf"), "relative"]
    let report = try rig.scan(at: 10)
    #expect(report.gaps.map(\.cause) == [.sourceError, .sourceError])
    try rig.folder.write("later/x.conf", "1\n")
    #expect(try rig.scan(at: 20).gaps.count == 1)
    #expect(try rig.changes(from: 10, to: 20).map(\.kind) == [.created])
    try rig.folder.remove("later")
    try rig.scan(at: 30)
    #expect(try rig.changes(from: 20, to: 30).map(\.kind) == [.deleted])
  }

  @Test("does not read again what has not changed")
  func unchanged() throws {
    let rig = try Rig()
    try rig.folder.write("a", "1\n")
    // The first scan may find times that are too fresh to be trusted.
    sleep(3)
    #expect(try rig.scan(at: 10).filesRead == 1)
    #expect(try rig.scan(at: 20).filesRead == 0)
  }

  /// A redactor of a process that has just begun, by these rules.
  private func forgetful(_ rules: RuleSet) -> Redactor {
    let key = RedactionKey(bytes: Array(0..<32))
    return Redactor(rules: rules, key: key).collecting(
      into: FoundSecrets(known: [], key: key, after: nil))
  }

  @Test(
    "reads again what holds secrets, and nothing else, for a redactor that remembers none; all for new rules")
  func secretsOnly() throws {
    let rig = try Rig()
    let secrets = (0..<2).map { _ in "q7Zk" + String(UInt64.random(in: 1 << 60 ... .max), radix: 36) }
    try rig.folder.write("app.conf", "password = \(secrets[0])\n")
    try rig.folder.write("badge.conf", "badge-1234567a\nport = 8443\ntoken = 12\n")
    for number in 0..<10 { try rig.folder.write("plain\(number).conf", "port = \(number)\n") }
    try rig.folder.link("link", to: "https://user:\(secrets[1])@host/")
    sleep(3)
    try rig.scan(at: 10)
    let redactor = forgetful(.builtIn)
    let scan = { (redactor: Redactor, second: Int64) in
      try rig.history.scan(
        rig.scope, redactor: redactor, at: Timestamp(seconds: second), readsSecrets: true)
    }
    let report = try scan(redactor, 20)
    #expect(report.filesRead == 1 && report.changed == 0)
    let text = redactor.redact("it says \(secrets[0]) and \(secrets[1]) here").text
    for secret in secrets { #expect(!text.contains(secret)) }
    let rule = UserRule(id: "badge", matcher: .prefix("badge-", alphabet: .alphanumeric, minimumLength: 6))
    let rules = try RuleSet.builtIn.adding([rule])
    #expect(try scan(forgetful(rules), 30).filesRead == 12)
    #expect(try scan(forgetful(rules), 40).filesRead == 2)
  }

  @Test("ends with a gap at the limit of entries, and deletes nothing beyond it")
  func fileLimit() throws {
    var rig = try Rig()
    for number in 0..<10 { try rig.folder.write("f\(number)", "\(number)\n") }
    try rig.scan(at: 10)
    rig.scope.maximumFiles = 5
    let report = try rig.scan(at: 20)
    #expect(!report.isFinished && report.gaps.contains { $0.cause == .budget })
    #expect(try rig.changes(from: 10, to: 20).isEmpty)
  }

  private func text(_ state: FileState?, _ rig: Rig) throws -> String? {
    try state.flatMap { try rig.history.content(of: $0, path: [], redactor: rig.redactor)?.text }
  }
}
