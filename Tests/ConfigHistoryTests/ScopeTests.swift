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

@Suite("The scope")
struct ScopeTests {
  @Test(
    "watches what a path or pattern names unless an exclusion does, however exact either is",
    arguments: [
      (["/etc"], ["/etc/a"], "/etc/a", false),
      (["/etc"], ["/etc/a"], "/etc/a/b", false),
      (["/etc"], ["/etc/a/*"], "/etc/a", true),
      // Exclusion wins over the more exact path, in either order.
      (["/etc", "/etc/a/keep.conf"], ["/etc/a"], "/etc/a/keep.conf", false),
      (["/etc/a/keep.conf"], ["/**/*.conf"], "/etc/a/keep.conf", false),
      (["/etc"], ["/etc/adjtime", "/etc/mtab"], "/etc/resolv.conf", true),
      (["/opt/*/conf"], [], "/opt/x/conf/a", true),
      (["/opt/*/conf"], [], "/opt/x/data/a", false),
      // Folders on the way to a match are seen.
      (["/opt/*/conf"], [], "/opt/x", true),
      (["/opt/*/conf"], [], "/opt", true),
      (["/opt/*/conf"], [], "/etc", false),
      (["/srv/**/*.yaml"], [], "/srv/a/b/c.yaml", true),
      (["/srv/**/*.yaml", "/srv/app"], [], "/srv/app/data", true),
      (["/a?/b"], [], "/ax/b/c", true),
    ])
  func precedence(paths: [String], exclude: [String], path: String, isWatched: Bool) {
    let matcher = ScopeMatcher(ConfigScope(paths: paths, exclude: exclude))
    #expect(matcher.covers(Array(path.utf8)) == isWatched)
  }

  @Test("walks each path once, from where its patterns begin")
  func roots() {
    let matcher = ScopeMatcher(
      ConfigScope(paths: ["/opt/*/conf", "/opt/x", "/etc/", "/etc/ssl", "/opt/?/y"]))
    #expect(matcher.roots.map { String(decoding: $0, as: UTF8.self) } == ["/etc", "/opt"])
    #expect(matcher.concerns(Array("/".utf8)) && !matcher.concerns(Array("/usr".utf8)))
  }

  @Test("of patterns records matches and the folders on the way, and misses none that is not there")
  func patterns() throws {
    var rig = try Rig()
    rig.scope.paths = [rig.folder.file("*/conf"), rig.folder.file("nowhere/*.conf")]
    try rig.folder.write("x/conf/a", "1\n")
    try rig.folder.write("x/data/b", "1\n")
    try rig.folder.write("file", "1\n")
    let report = try rig.scan(at: 10)
    #expect(report.gaps.isEmpty && report.isFinished)
    let names = try rig.liveStates().keys.map { $0.dropFirst(rig.folder.path.count) }
    #expect(Set(names) == ["", "/x", "/x/conf", "/x/conf/a"])
    try rig.folder.write("x/conf/new", "1\n")
    try rig.folder.write("y/conf/new", "1\n")
    try rig.folder.write("y/other", "1\n")
    try rig.scan(at: 20)
    #expect(
      try rig.changesByName(from: 10, to: 20).mapValues(\.kind) == [
        "x/conf/new": .created, "y": .created, "y/conf": .created, "y/conf/new": .created,
      ])
  }

  /// A value that is the kernel's default everywhere and means nothing to a test machine.
  private static let harmless = "/proc/sys/kernel/printk_ratelimit_burst"

  @Test(
    "may hold the kernel's parameters, and sees that one changed",
    .enabled(if: access(harmless, W_OK) == 0, "needs the right to set a kernel parameter"))
  func kernelParameters() throws {
    var rig = try Rig()
    rig.scope.paths = ["/proc/cmdline", "/proc/sys/kernel"]
    rig.scope.exclude = [
      "/proc/sys/kernel/random", "/proc/sys/kernel/ns_last_pid", "/proc/sys/kernel/pty",
      "/proc/sys/kernel/perf_event_max_sample_rate",
    ]
    try rig.scan(at: 10)
    let states = try rig.liveStates()
    #expect(states["/proc/cmdline"] != nil && states.count > 20)
    #expect(try rig.scan(at: 20).changed == 0)
    let usual = try String(contentsOfFile: Self.harmless, encoding: .utf8)
    try Data("17".utf8).write(to: URL(fileURLWithPath: Self.harmless))
    let report = Result { try rig.scan(at: 30) }
    try Data(usual.utf8).write(to: URL(fileURLWithPath: Self.harmless))
    #expect(try report.get().changed == 1)
    let change = try #require(try rig.changes(from: 20, to: 30).first)
    #expect(change.path == Self.harmless && change.kind == .modified)
    let after = try #require(change.after)
    #expect(try rig.history.content(of: after, redactor: rig.redactor)?.text == "17\n")
    // Without memory of its own, a new process reads all of it again and finds nothing new.
    let again = try ChangeHistory(databasePath: rig.store.file("config.sqlite"), key: Array(0..<32))
    try #expect(again.scan(rig.scope, redactor: rig.redactor, at: Timestamp(seconds: 40)).changed == 1)
  }
}
