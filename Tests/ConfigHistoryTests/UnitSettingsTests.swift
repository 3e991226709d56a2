import Evidence
import Foundation
import Testing

@testable import ConfigHistory

@Suite("What changed of units")
struct UnitSettingsTests {
  private let rig: Rig

  init() throws {
    rig = try Rig()
  }

  private func write(_ path: String, _ text: String) throws {
    try rig.folder.write(path, text)
  }

  private func link(_ path: String, to target: String) throws {
    try rig.folder.makeFolder((path as NSString).deletingLastPathComponent)
    try rig.folder.link(path, to: target)
  }

  /// `name: before → after` of what changed between the two scans.
  private func changes() throws -> [String] {
    let window = TimeWindow(from: Timestamp(seconds: 10), to: Timestamp(seconds: 20))
    let report = try rig.history.reader.settings(
      in: window, of: rig.history.changes(in: window), redactor: rig.redactor,
      unitRoot: Array(rig.folder.path.utf8))
    #expect(report.gaps.isEmpty)
    return report.settings.map(\.text)
  }

  @Test("tells a scalar that a drop-in overrides, a list that it adds to, and one that it empties first")
  func dropIn() throws {
    try write(
      "usr/lib/systemd/system/web.service",
      "[Unit]\nAfter=network.target\n[Service]\nExecStart=/bin/a\nTimeoutStartSec=90\nNice=1\nRestart=no\n")
    try rig.scan(at: 10)
    try write(
      "etc/systemd/system/web.service.d/override.conf",
      "# by hand\n[Unit]\nAfter=db.service\n[Service]\nTimeoutStartSec=30\nExecStart=\nExecStart=/bin/b \\\n ; no\n  -x\nNice=\n"
    )
    try rig.scan(at: 20)
    #expect(
      try changes()
        == [
          "web.service [Service] ExecStart: /bin/a → /bin/b   -x", "web.service [Service] Nice: gone: 1",
          "web.service [Service] TimeoutStartSec: 90 → 30",
          "web.service [Unit] After: network.target → network.target db.service",
        ].map { $0.replacing("b   -x", with: "b  -x") })
  }

  @Test("takes of two drop-ins of one name that of the first folder, and orders them by name")
  func precedence() throws {
    try write("usr/lib/systemd/system/web.service", "[Service]\nExecStart=/bin/a\n")
    try write("usr/lib/systemd/system/web.service.d/10-a.conf", "[Service]\nNice=1\n")
    try write("usr/lib/systemd/system/web.service.d/20-b.conf", "[Service]\nNice=2\n")
    try rig.scan(at: 10)
    try write("etc/systemd/system/web.service.d/10-a.conf", "[Service]\nNice=3\nUMask=0077\n")
    try link("run/systemd/system/web.service.d/20-b.conf", to: "/dev/null")
    try rig.scan(at: 20)
    #expect(
      try changes() == [
        "web.service [Service] Nice: 2 → 3", "web.service [Service] UMask: new: 0077",
      ])
  }

  @Test("knows drop-ins of the type, of a prefix and of a template")
  func inherited() throws {
    try write("usr/lib/systemd/system/app-web@.service", "[Service]\nExecStart=/bin/a\n")
    try link("etc/systemd/system/multi-user.target.wants/x.service", to: "/nowhere")
    try link("etc/systemd/system/app-web@1.service", to: "/usr/lib/systemd/system/app-web@.service")
    try write("usr/lib/systemd/system/other.service", "[Service]\nExecStart=/bin/a\n")
    try rig.scan(at: 10)
    try write("etc/systemd/system/service.d/all.conf", "[Service]\nNice=1\n")
    try write("etc/systemd/system/app-.service.d/app.conf", "[Service]\nUMask=0077\n")
    try write("etc/systemd/system/app-web@.service.d/web.conf", "[Service]\nUser=web\n")
    try rig.scan(at: 20)
    let names = ["[Service] Nice: new: 1", "[Service] UMask: new: 0077", "[Service] User: new: web"]
    let found = try changes()
    #expect(found.filter { $0.hasPrefix("app-web@.service") } == names.map { "app-web@.service \($0)" })
    #expect(found.filter { $0.hasPrefix("other.service") } == ["other.service [Service] Nice: new: 1"])
  }

  @Test("tells masks, new units and units that are gone, without each of their settings")
  func loadStates() throws {
    for name in ["masked", "gone", "emptied"] {
      try write("usr/lib/systemd/system/\(name).service", "[Service]\nExecStart=/bin/a\n")
    }
    try rig.scan(at: 10)
    try link("etc/systemd/system/masked.service", to: "/dev/null")
    try write("etc/systemd/system/emptied.service", "")
    try rig.folder.remove("usr/lib/systemd/system/gone.service")
    try write("etc/systemd/system/new.timer", "[Timer]\nOnCalendar=daily\n")
    try rig.scan(at: 20)
    #expect(
      try changes() == [
        "emptied.service: loaded → masked", "gone.service: loaded → not-found",
        "masked.service: loaded → masked", "new.timer: not-found → loaded",
      ])
  }

  @Test("follows an alias to the real unit, and takes the drop-ins of both")
  func aliases() throws {
    try write("usr/lib/systemd/system/real.service", "[Service]\nExecStart=/bin/a\n")
    try link("etc/systemd/system/alias.service", to: "/usr/lib/systemd/system/real.service")
    try rig.scan(at: 10)
    try write("etc/systemd/system/alias.service.d/a.conf", "[Service]\nNice=1\n")
    try rig.scan(at: 20)
    #expect(try changes().contains("alias.service [Service] Nice: new: 1"))
  }

  @Test("tells what a link in a .wants folder enables")
  func wants() throws {
    try write("usr/lib/systemd/system/multi-user.target", "[Unit]\nDescription=m\n")
    try write("usr/lib/systemd/system/web.service", "[Service]\nExecStart=/bin/a\n")
    try rig.scan(at: 10)
    try link(
      "etc/systemd/system/multi-user.target.wants/web.service", to: "/usr/lib/systemd/system/web.service")
    try rig.scan(at: 20)
    #expect(try changes() == ["multi-user.target [Unit] Wants: new: web.service"])
  }

  @Test("compares no more units than the limit, and names the rest in a gap")
  func limit() throws {
    for number in 0..<(UnitSettingChanges.maximumUnits + 5) {
      try write("usr/lib/systemd/system/u\(number).service", "[Service]\nExecStart=/bin/a\n")
    }
    try rig.scan(at: 10)
    try write("etc/systemd/system/service.d/all.conf", "[Service]\nNice=1\n")
    try rig.scan(at: 20)
    let window = TimeWindow(from: Timestamp(seconds: 10), to: Timestamp(seconds: 20))
    let report = try rig.history.reader.settings(
      in: window, of: rig.history.changes(in: window), redactor: rig.redactor,
      unitRoot: Array(rig.folder.path.utf8))
    #expect(report.settings.count == UnitSettingChanges.maximumUnits)
    #expect(report.gaps.map(\.cause) == [.budget])
  }

  @Test("does not compare a unit whose file's content is not kept, and says so")
  func unknown() throws {
    try write("usr/lib/systemd/system/web.service", "[Service]\nExecStart=/bin/a\n")
    try rig.scan(at: 10)
    try write("etc/systemd/system/web.service.d/a.conf", "[Service]\nNice=\0\n")
    try rig.scan(at: 20)
    let window = TimeWindow(from: Timestamp(seconds: 10), to: Timestamp(seconds: 20))
    let report = try rig.history.reader.settings(
      in: window, of: rig.history.changes(in: window), redactor: rig.redactor,
      unitRoot: Array(rig.folder.path.utf8))
    #expect(report.settings.isEmpty && report.gaps.map(\.cause) == [.notStored])
  }

  @Test("compares with a unit that was seen first within the window, and calls it no creation")
  func baseline() throws {
    try write("usr/lib/systemd/system/web.service", "[Service]\nNice=1\n")
    try rig.scan(at: 15)
    try write("usr/lib/systemd/system/web.service", "[Service]\nNice=2\n")
    try rig.scan(at: 20)
    #expect(try changes() == ["web.service [Service] Nice: 1 → 2"])
  }

  @Test(
    "adds the same files up in the same order as systemd itself",
    .enabled(if: exists("/usr/bin/systemd-analyze"), "needs systemd-analyze"),
    arguments: 0..<4 as Range<UInt64>)
  func systemd(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let root = rig.folder.path
    let units = ["a-b-c@x-y.service", "ab-cd-ef.service", "plain.service"]
    for unit in ["a-b-c@.service", "ab-cd-ef.service", "plain.service"] {
      try write("usr/lib/systemd/system/\(unit)", "[Service]\nType=oneshot\nExecStart=/bin/base\n")
    }
    let dropIns = [
      "a-b-c@.service", "a-b-c@x-y.service", "a-b-@x-y.service", "a-b-@.service", "a-b-.service",
      "a-@x-y.service",
      "a-@.service", "a-.service", "service", "ab-cd-ef.service", "ab-cd-.service", "ab-.service",
      "plain.service",
    ]
    let folders = ["etc/systemd/system", "run/systemd/system", "usr/lib/systemd/system"]
    for folder in folders {
      for name in dropIns {
        for file in ["1", "2", "3"] where Int.random(in: 0..<3, using: &generator) == 0 {
          try write(
            "\(folder)/\(name).d/\(file).conf",
            "[Service]\nExecStart=/bin/\(folder.prefix(3))-\(name)-\(file)\n")
        }
      }
    }
    try rig.scan(at: 10)
    let tree = rig.history.reader.unitTree(at: Timestamp(seconds: 10), Array(root.utf8), rig.redactor)
    for unit in units {
      let output = try run(
        "/usr/bin/systemd-analyze", ["verify", "--man=no", unit],
        environment: [
          "SYSTEMD_LOG_LEVEL": "debug",
          "SYSTEMD_UNIT_PATH": folders.map { "\(root)/\($0)" }.joined(separator: ":"),
        ]
      ).output
      let mark = "Command Line: "
      let theirs = String(decoding: output, as: UTF8.self).split(separator: "\n").compactMap { line in
        line.range(of: mark).map { String(line[$0.upperBound...]) }
      }
      #expect(theirs.count > 1, "\(String(decoding: output.suffix(500), as: UTF8.self))")
      guard case .loaded(let settings) = try tree.unit(#require(UnitName(unit))) else {
        Issue.record("\(unit) is not loaded")
        return
      }
      #expect(
        settings.value(UnitFile.Key(section: "Service", name: "ExecStart")) == theirs.joined(separator: "; "))
    }
  }
}
