import Evidence
import Foundation
import Redaction
import Testing

@testable import ConfigHistory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("The store of the history")
struct StoreTests {
  @Test("and its WAL hold no secret, neither of a text, nor of a secret file, nor of a symlink")
  func secrets() throws {
    let rig = try Rig(secretPaths: ["keys"])
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array("abcdefghijkmnpqrstuvwxyz23456789")
    let secrets = (0..<4).map { _ in
      String((0..<24).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
    }
    for (time, offset) in [(10, 0), (20, 1)] {
      try rig.folder.write("app.conf", "user = x\npassword = \(secrets[offset])\n")
      try rig.folder.write("keys/k", secrets[2 + offset])
      try? rig.folder.remove("link")
      try rig.folder.link("link", to: "https://user:\(secrets[offset])@host/")
      try rig.scan(at: Int64(time))
    }
    for name in try FileManager.default.contentsOfDirectory(atPath: rig.store.path) {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: rig.store.file(name)))
      for secret in secrets { #expect(bytes.range(of: Data(secret.utf8)) == nil, "\(name)") }
      let attributes = try FileManager.default.attributesOfItem(atPath: rig.store.file(name))
      #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
    }
    // Each changed secret shows as a change all the same.
    let changes = try rig.changesByName(from: 10, to: 20)
    #expect(changes.mapValues(\.kind) == ["app.conf": .modified, "keys/k": .modified, "link": .modified])
    let key = try #require(changes["keys/k"])
    #expect(key.after?.content == .secret && key.after?.sha256 == nil)
    #expect(key.after?.keyedHash != nil && key.after?.keyedHash != key.before?.keyedHash)
    let patch = String(decoding: try rig.patch(from: 10, to: 20).text, as: UTF8.self)
    #expect(patch.contains("-password = [REDACTED:") && patch.contains("+password = [REDACTED:"))
  }

  /// Everything that is in the store's files.
  private func stored(_ rig: Rig) throws -> Data {
    try FileManager.default.contentsOfDirectory(atPath: rig.store.path)
      .reduce(into: Data()) { $0 += try Data(contentsOf: URL(fileURLWithPath: rig.store.file($1))) }
  }

  @Test("and its WAL hold no secret of a name, and know the file again by its stored name")
  func namesWithSecrets() throws {
    let rig = try Rig()
    let secret = "q7Zk" + String(UInt64.random(in: 1 << 60 ... .max), radix: 36)
    let folder = "backup-password=\(secret)"
    try rig.folder.write("\(folder)/a.conf", "one\n")
    try rig.folder.write("\(folder)/b.conf", "one\n")
    try rig.folder.write("zz.conf", "one\n")
    try rig.scan(at: 10)
    #expect(try rig.scan(at: 20).changed == 0)
    try rig.folder.write("\(folder)/a.conf", "two, and longer\n")
    try rig.folder.remove("\(folder)/b.conf")
    try rig.scan(at: 30)
    let changes = try rig.changesByName(from: 20, to: 30)
    let names = changes.keys.sorted()
    #expect(names.count == 2)
    #expect(
      names.allSatisfy { $0.contains(/^backup-password=\[REDACTED:password:[a-z2-7]{8}\]\/[ab]\.conf$/) })
    #expect(names.map { changes[$0]?.kind } == [.modified, .deleted])
    let patch = String(decoding: try rig.patch(from: 20, to: 30).text, as: UTF8.self)
    #expect(patch.contains("+two, and longer\n") && !patch.contains(secret))
    #expect(try stored(rig).range(of: Data(secret.utf8)) == nil)
  }

  @Test("and its WAL hold no name of a secret that only its value gives away, which stays the same name")
  func bareSecretsInNames() throws {
    let rig = try Rig()
    let secrets = (0..<3).map { _ in "q7Zk" + String(UInt64.random(in: 1 << 60 ... .max), radix: 36) }
    let key = RedactionKey(bytes: Array(0..<32))
    func process() -> Redactor {
      rig.redactor.collecting(into: FoundSecrets(known: [], key: key, after: nil))
    }
    func scan(_ redactor: Redactor, _ second: Int64) throws -> [String] {
      let begin = Timestamp(seconds: second - 1)
      _ = try rig.history.scan(rig.scope, redactor: redactor, at: Timestamp(seconds: second))
      return try rig.history.changes(in: TimeWindow(from: begin, to: Timestamp(seconds: second))).map {
        "\($0.kind) " + $0.path.dropFirst(rig.folder.path.count + 1)
      }
    }
    try rig.folder.write("backup-\(secrets[0])/x.conf", "one\n")
    try rig.folder.write("app.conf", "password = other\n")
    let first = process()
    _ = try scan(first, 10)
    #expect(try stored(rig).range(of: Data(secrets[0].utf8)) != nil)
    // Found in a file that comes before the folder, and in one that comes after it.
    for secret in secrets.prefix(2) {
      try rig.folder.write("app.conf", "password = \(secret)\n")
      try rig.folder.write("z-\(secrets[1]).conf", "password = \(secrets[1])\n")
      _ = try scan(first, secret == secrets[0] ? 20 : 30)
    }
    for secret in secrets { #expect(try stored(rig).range(of: Data(secret.utf8)) == nil) }
    let names = try rig.changesByName(from: 10, to: 30).mapValues(\.kind)
    #expect(names.count == 2 && names["app.conf"] == .modified)
    // A process that knows no secret knows the names.
    #expect(try scan(process(), 40).isEmpty)
    try rig.folder.write("backup-\(secrets[0])/x.conf", "two, longer\n")
    let changed = try scan(process(), 50)
    #expect(changed.count == 1)
    #expect(changed.first?.contains(/^modified backup-\[REDACTED:password:[a-z2-7]{8}\]\/x\.conf$/) == true)
    // And a new name with a secret that is known already is never stored as it is.
    try rig.folder.write("app.conf", "password = \(secrets[2])\n")
    _ = try scan(first, 60)
    try rig.folder.write("new-\(secrets[2])", "1\n")
    #expect(try scan(first, 70).count == 1)
    for secret in secrets { #expect(try stored(rig).range(of: Data(secret.utf8)) == nil) }
    try rig.folder.remove("new-\(secrets[2])")
    #expect(try scan(process(), 80).first?.hasPrefix("deleted new-[REDACTED:password:") == true)
  }

  @Test("names that new rules take for secrets lose them, without a change of the files")
  func renamed() throws {
    let rig = try Rig()
    let digits = String(UInt64.random(in: 1 << 60 ... .max))
    try rig.folder.write("badge-\(digits)/a.conf", "one\n")
    try rig.scan(at: 10)
    #expect(try stored(rig).range(of: Data(digits.utf8)) != nil)
    let rule = UserRule(id: "badge", matcher: .prefix("badge-", alphabet: .digits, minimumLength: 6))
    let redactor = Redactor(
      rules: try RuleSet.builtIn.adding([rule]), key: RedactionKey(bytes: Array(0..<32)))
    let report = try rig.history.scan(rig.scope, redactor: redactor, at: Timestamp(seconds: 20))
    #expect(report.changed == 0)
    #expect(try rig.changes(from: 10, to: 20).isEmpty)
    #expect(try stored(rig).range(of: Data(digits.utf8)) == nil)
  }

  @Test("a policy for identities changes the names that are stored, and no file")
  func renamedPeople() throws {
    let rig = try Rig()
    try rig.folder.write("home/alice/a.conf", "one\n")
    try rig.scan(at: 10)
    var policy = IdentityPolicy()
    (policy.persons, policy.people) = (.pseudonym, ["alice"])
    let redactor = rig.redactor.applying(policy)
    #expect(try rig.history.scan(rig.scope, redactor: redactor, at: Timestamp(seconds: 20)).changed == 0)
    #expect(try rig.changes(from: 10, to: 20).isEmpty)
    try rig.folder.write("home/alice/a.conf", "two, longer\n")
    _ = try rig.history.scan(rig.scope, redactor: redactor, at: Timestamp(seconds: 30))
    let paths = try rig.changes(from: 20, to: 30).map(\.path)
    #expect(paths.count == 1)
    #expect(paths[0].contains(/\/home\/\[REDACTED:person:[a-z2-7]{8}\]\/a\.conf$/))
  }

  @Test("allowances for a path hold for its content and its patch, and nowhere else")
  func allowances() throws {
    let rig = try Rig()
    let secret = "q7Zk" + String(UInt64.random(in: 1 << 60 ... .max), radix: 36)
    let rules = try RuleSet.builtIn.allowing([Allowance(paths: ["\(rig.folder.path)/demo/*"])])
    let redactor = Redactor(rules: rules, key: RedactionKey(bytes: Array(0..<32)))
    for name in ["demo/a", "b"] { try rig.folder.write(name, "x = 1\n") }
    _ = try rig.history.scan(rig.scope, redactor: redactor, at: Timestamp(seconds: 10))
    for name in ["demo/a", "b"] { try rig.folder.write(name, "password = \(secret)\n") }
    let report = try rig.history.scan(rig.scope, redactor: redactor, at: Timestamp(seconds: 20))
    #expect(report.redactions.byRule == ["password": 1])
    var text = Data()
    let patch = ConfigPatch(history: rig.history.reader, redactor: redactor, maximumBytes: 1 << 20)
    _ = try patch.write(rig.changes(from: 10, to: 20)) { piece in
      piece.withUnsafeBytes { text.append(contentsOf: $0) }
    }
    let sections = String(decoding: text, as: UTF8.self).components(separatedBy: "diff --git ")
    #expect(sections.first { $0.contains("demo/a") }?.contains("+password = \(secret)\n") == true)
    #expect(sections.first { $0.contains("/b b/") }?.contains("+password = [REDACTED:password:") == true)
  }

  @Test("gives up the content of a path that becomes secret, in all versions, and keeps it a secret")
  func becomesSecret() throws {
    var rig = try Rig()
    for time in [10, 20] {
      try rig.folder.write("a", "body \(time)\n")
      try rig.scan(at: Int64(time))
    }
    rig.scope.secretPaths = ["\(rig.folder.path)/a"]
    let report = try rig.scan(at: 30)
    #expect(report.changed == 0)
    let change = try #require(try rig.changesByName(from: 10, to: 30)["a"])
    #expect(change.before?.content == .secret && change.after?.content == .secret)
    #expect(change.before?.sha256 == nil && change.after?.sha256 == nil)
    for name in try FileManager.default.contentsOfDirectory(atPath: rig.store.path) {
      let stored = try Data(contentsOf: URL(fileURLWithPath: rig.store.file(name)))
      #expect(stored.range(of: Data("body ".utf8)) == nil, "\(name)")
    }
  }

  @Test("belongs to one key")
  func key() throws {
    let rig = try Rig()
    try rig.scan(at: 10)
    #expect(throws: ConfigHistoryError.self) {
      try ChangeHistory(databasePath: rig.store.file("config.sqlite"), key: Array(1..<33))
    }
    #expect(throws: ConfigHistoryError.self) {
      try ChangeHistory(databasePath: rig.store.file("other.sqlite"), key: [1, 2, 3])
    }
  }

  @Test("that is no database, or a symlink, is an error that names it")
  func damaged() throws {
    let folder = try TemporaryFolder()
    try folder.write("x.sqlite", [UInt8](repeating: 0x41, count: 8192))
    try folder.link("y.sqlite", to: "/tmp/exhibit-nowhere")
    for name in ["x.sqlite", "y.sqlite"] {
      let error = #expect(throws: ConfigHistoryError.self) {
        try ChangeHistory(databasePath: folder.file(name), key: Array(0..<32))
      }
      #expect(error?.description.contains(name) == true)
    }
  }

  @Test("prunes by age, and can still tell every state since the cut")
  func pruneByAge() throws {
    let rig = try Rig()
    try rig.folder.write("kept", "same\n")
    for time in 1...6 {
      try rig.folder.write("a", "version \(time)\n")
      if time == 2 { try rig.folder.write("gone", "x\n") }
      if time == 3 { try rig.folder.remove("gone") }
      try rig.scan(at: Int64(time * 10))
    }
    let expected = try rig.changes(from: 45, to: 60)
    #expect(try rig.history.prune(olderThan: Timestamp(seconds: 45), maximumBytes: .max) == 5)
    #expect(try rig.changes(from: 45, to: 60) == expected)
    #expect(try text(expected.first?.before, rig) == "version 4\n")
    #expect(try rig.history.earliestScan == Timestamp(seconds: 45))
    #expect(try rig.history.prune(olderThan: Timestamp(seconds: 45), maximumBytes: .max) == 0)
    // The last version of each live path stays, whatever its age.
    try rig.folder.write("kept", "other\n")
    try rig.scan(at: 70)
    #expect(try text(rig.changesByName(from: 60, to: 70)["kept"]?.before, rig) == "same\n")
    #expect(try rig.scan(at: 80).changed == 0)
  }

  @Test("prunes by bytes down to what has to stay")
  func pruneByBytes() throws {
    let rig = try Rig()
    for time in 1...8 {
      try rig.folder.write("a", Array(repeating: UInt8(ascii: "a") + UInt8(time), count: 1000))
      try rig.scan(at: Int64(time * 10))
    }
    #expect(try rig.history.prune(olderThan: Timestamp(seconds: 0), maximumBytes: 9000) == 0)
    #expect(try rig.history.prune(olderThan: Timestamp(seconds: 0), maximumBytes: 10) == 7)
    let start = try #require(try rig.history.earliestScan)
    #expect(start == Timestamp(seconds: 80))
    try rig.folder.write("a", "end\n")
    try rig.scan(at: 90)
    #expect(try text(rig.changes(from: 80, to: 90).first?.before, rig)?.count == 1000)
  }

  @Test("keeps contents compressed, and gives them back as they were")
  func compression() throws {
    let rig = try Rig()
    let texts = [
      "", "x", String(repeating: "listen 8080;\n", count: 20_000),
      (0..<2000).map { String($0 &* 2_654_435_761, radix: 36) }.joined(separator: "\n"),
    ]
    try rig.scan(at: 10)
    for (number, text) in texts.enumerated() { try rig.folder.write("f\(number)", text) }
    try rig.scan(at: 20)
    let changes = try rig.changesByName(from: 10, to: 20)
    for (number, text) in texts.enumerated() {
      #expect(try self.text(changes["f\(number)"]?.after, rig) == text)
    }
    let bytes = try FileManager.default.attributesOfItem(atPath: rig.store.file("config.sqlite-wal"))[.size]
    #expect(try #require(bytes as? Int) < 200_000)
  }

  @Test("prunes in steps between which a scan comes through")
  func pruneInSteps() throws {
    let rig = try Rig()
    for time in 1...12 {
      for number in 0..<500 { try rig.folder.write("f\(number)", "\(time) \(number)\n") }
      try rig.scan(at: Int64(time * 10))
    }
    let expected = try rig.changes(from: 115, to: 120)
    var steps = 0
    let removed = try rig.history.prune(olderThan: Timestamp(seconds: 115), maximumBytes: .max) {
      steps += 1
      guard steps == 2 else { return }
      // In the midst of it: a capture is not held up, and what it stores stays.
      #expect(throws: Never.self) {
        try rig.folder.write("meanwhile", "1\n")
        #expect(try rig.scan(at: 130).changed == 1)
      }
    }
    #expect(removed == 10 * 500 && steps > 3)
    #expect(try rig.changes(from: 115, to: 120) == expected)
    #expect(try rig.changesByName(from: 120, to: 130).mapValues(\.kind) == ["meanwhile": .created])
  }

  @Test("answers while another thread scans, and two scans at once store each change once")
  func concurrentScans() async throws {
    let rig = try Rig()
    try rig.scan(at: 10)
    for number in 0..<300 { try rig.folder.write("f\(number)", "\(number)\n") }
    try await withThrowingTaskGroup(of: Int.self) { group in
      for time in 0..<4 { group.addTask { try rig.scan(at: Int64(20 + time)).changed } }
      group.addTask { try rig.changes(from: 0, to: 5).count }
      let total = try await group.reduce(0, +)
      #expect(total == 300)
    }
    #expect(try rig.changes(from: 10, to: 30).count == 300)
  }

  private func text(_ state: FileState?, _ rig: Rig) throws -> String? {
    try state.flatMap { try rig.history.content(of: $0, path: [], redactor: rig.redactor)?.text }
  }
}
