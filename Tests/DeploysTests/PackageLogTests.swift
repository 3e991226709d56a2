import Deploys
import Evidence
import Foundation
import Testing

@Suite("apt's history")
struct AptHistoryTests {
  @Test("reads a real history")
  func real() throws {
    let log = AptHistory.parse(
      try fixture("host-apt-history.log"), near: window("2026-11-23T22:00:00", "2026-11-23T23:00:00"),
      zone: utcZone)
    #expect(log.problems == [] && log.transactions.count == 21)
    #expect(
      log.transactions.first { $0.package == "jq" }
        == PackageTransaction(
          at: utc("2026-11-23T22:36:21"), action: .upgrade, package: "jq", architecture: "amd64",
          oldVersion: "1.6-2.1+deb12u1", newVersion: "1.6-2.1+deb12u3",
          run: log.transactions.first?.run, source: .apt))
    let last = try #require(log.transactions.last)
    #expect(last.package == "python3-pexpect" && last.automatic && last.newVersion == "4.8.0-4")
    #expect(last.run?.commandLine == "apt-get install -y -qq sosreport")
    #expect(last.run?.endedAt == utc("2026-11-23T22:48:14"))
  }

  @Test("knows every action, who asked, and what failed")
  func actions() throws {
    let log = apt(
      """

      Start-Date: 2026-11-23  10:00:00
      Commandline: apt-get dist-upgrade
      Requested-By: alice (1000)
      Comment: a field of the future
      Install: a:amd64 (1)
      Upgrade: b:i386 (1:1.0~rc1-2, 2), c:all (1, 2, automatic)
      Downgrade: d:amd64 (2, 1)
      Reinstall: e:amd64 (1)
      Remove: f:amd64 (1)
      Purge: g:amd64 (1)
      Error: Sub-process /usr/bin/dpkg returned an error code (1)
      End-Date: 2026-11-23  10:00:09
      """)
    #expect(log.problems == [])
    let told = log.transactions.map {
      "\($0.action) \($0.package) \($0.oldVersion ?? "-") \($0.newVersion ?? "-")"
    }
    #expect(
      told == [
        "install a - 1", "upgrade b 1:1.0~rc1-2 2", "upgrade c 1 2", "downgrade d 2 1", "reinstall e - 1",
        "remove f 1 -", "purge g 1 -",
      ])
    #expect(log.transactions.filter(\.automatic).map(\.package) == ["c"])
    let run = try #require(log.transactions.first?.run)
    #expect(log.transactions.allSatisfy { $0.run == run })
    #expect(run.requestedBy == "alice (1000)")
    #expect(run.error == "Sub-process /usr/bin/dpkg returned an error code (1)")
  }

  @Test("a run that has not ended is told, with what of it is there")
  func unfinished() {
    let log = apt(
      "Start-Date: 2026-11-23  10:00:00\nCommandline: apt\nUpgrade: a:amd64 (1, 2), b:amd64 (1, 2), openss")
    #expect(log.transactions.map(\.package) == ["a", "b"])
    #expect(log.transactions.allSatisfy { $0.run?.endedAt == nil && $0.run?.commandLine == "apt" })
    #expect(log.problems.map(\.line) == [3, 1])
  }

  @Test("cut anywhere, it gives what was whole before the cut")
  func cuts() throws {
    let whole = try fixture("host-apt-history.log")
    let all = AptHistory.parse(whole, near: always, zone: utcZone).transactions.map(\.package)
    for length in whole.indices {
      let names = AptHistory.parse(Array(whole.prefix(length)), near: always, zone: utcZone).transactions.map(
        \.package)
      #expect(names == Array(all.prefix(names.count)))
    }
  }

  @Test(
    "lines that are not of its form are told by number, and the rest is read",
    arguments: [
      ("Commandline: x\n\n", 1), ("\u{0}\u{1}binary\n\n", 1),
      ("\n\nStart-Date: yesterday\nUpgrade: x (1)\n\n", 3),
      ("Start-Date: 2026-02-30  10:00:00\n\n", 1), ("Start-Date:\n\n", 1),
      ("Start-Date: 2026-11-23  09:00:00\nno colon\nEnd-Date: 2026-11-23  09:00:01\n\n", 2),
      ("Start-Date: 2026-11-23  09:00:00\nEnd-Date: soon\n\n", 2),
      ("Start-Date: 2026-11-23  09:00:00\nUpgrade: a:amd64 1, 2\nEnd-Date: 2026-11-23  09:00:01\n\n", 2),
      ("Start-Date: 2026-11-23  09:00:00\nUpgrade: (1, 2)\nEnd-Date: 2026-11-23  09:00:01\n\n", 2),
      ("Start-Date: 2026-11-23  09:00:00\nUpgrade: a:amd64 ()\nEnd-Date: 2026-11-23  09:00:01\n\n", 2),
    ])
  func malformed(text: String, line: Int) {
    let log = apt(
      text + "Start-Date: 2026-11-23  10:00:00\nInstall: ok:amd64 (1)\nEnd-Date: 2026-11-23  10:00:01\n")
    #expect(log.problems.map(\.line).contains(line))
    #expect(log.transactions.map(\.package) == ["ok"])
  }

  @Test("stanzas far from the window are passed over")
  func far() throws {
    let log = AptHistory.parse(
      try fixture("host-apt-history.log"), near: window("2026-12-23T22:00:00", "2026-12-23T23:00:00"),
      zone: utcZone)
    #expect(log.transactions.isEmpty && log.problemCount == 0)
  }
}

@Suite("dpkg's log")
struct DpkgLogTests {
  @Test("reads a real log, of which only one line changes a version")
  func real() throws {
    let log = DpkgLog.parse(try fixture("host-dpkg.log"), near: always, zone: utcZone)
    #expect(log.problems == [])
    #expect(
      log.transactions == [
        PackageTransaction(
          at: utc("2026-11-23T22:48:02"), action: .install, package: "sosreport", architecture: "amd64",
          newVersion: "4.0-2", source: .dpkg)
      ])
  }

  @Test(
    "knows what changes a version",
    arguments: [
      ("install a:amd64 <none> 1", "install - 1"), ("upgrade a:amd64 1 2", "upgrade 1 2"),
      ("upgrade a:amd64 1 1", "reinstall 1 1"), ("remove a:amd64 1 <none>", "remove 1 -"),
      ("purge a:amd64 1 <none>", "purge 1 -"), ("install a 1 2", "install 1 2"),
    ])
  func actions(line: String, told: String) {
    let log = dpkg("2026-11-23 10:00:00 \(line)\n")
    #expect(log.transactions.map { "\($0.action) \($0.oldVersion ?? "-") \($0.newVersion ?? "-")" } == [told])
    #expect(log.transactions.first?.package == "a")
  }

  @Test(
    "lines that are not of its form are told by number, and the rest is read",
    arguments: [
      "x", "2026-11-23", "2026-11-23 10:00:00", "2026-11-23 10:00:00 explode a:amd64 1 2",
      "2026-11-23 10:00:00 upgrade a:amd64 1", "2026-11-23 25:00:00 upgrade a:amd64 1 2",
      "2026-13-23 10:00:00 upgrade a:amd64 1 2", "\u{FFFD}\u{0}\u{1}",
    ])
  func malformed(line: String) {
    let log = dpkg(
      "\n2026-11-23 10:00:00 status installed a:amd64 1\n\(line)\n2026-11-23 10:00:01 upgrade ok:all 1 2")
    #expect(log.problems.map(\.line) == [3])
    #expect(log.transactions.map(\.package) == ["ok"])
  }

  @Test("a log of nothing but rubbish is counted whole, and remembered in part")
  func rubbish() {
    let log = dpkg(String(repeating: "rubbish\n", count: 10_000))
    #expect(log.problemCount == 10_000 && log.problems.count == PackageLog.maximumProblems)
  }

  @Test("any bytes are read without a crash", arguments: ["host-dpkg.log", "host-apt-history.log"])
  func mutations(name: String) throws {
    let original = try fixture(name)
    for _ in 0..<1000 {
      var log = original
      for _ in 0..<Int.random(in: 1...20) { log[Int.random(in: log.indices)] = .random(in: 0...255) }
      let counts = [
        AptHistory.parse(log, near: always, zone: utcZone), DpkgLog.parse(log, near: always, zone: utcZone),
      ]
      #expect(counts.allSatisfy { $0.problems.count <= PackageLog.maximumProblems })
    }
  }
}

@Suite("Local time")
struct LocalTimeTests {
  static let paris = TimeZone(identifier: "Europe/Paris") ?? .gmt

  func times(_ local: [String], _ zone: TimeZone) -> [String] {
    let log = local.map { "\($0) upgrade a:amd64 1 2\n" }.joined()
    return DpkgLog.parse(bytes(log), near: always, zone: zone).transactions.map(\.at.rfc3339Seconds)
  }

  @Test("is read in the host's zone, in summer and in winter")
  func seasons() {
    #expect(
      times(["2026-01-15 12:00:00", "2026-07-15 12:00:00"], Self.paris) == [
        "2026-01-15T11:00:00Z", "2026-07-15T10:00:00Z",
      ])
  }

  @Test("the hour that happens twice is read in the log's order")
  func ambiguous() {
    let local = [
      "2026-10-25 01:59:59", "2026-10-25 02:00:00", "2026-10-25 02:59:59", "2026-10-25 02:00:00",
      "2026-10-25 02:59:59", "2026-10-25 03:00:00",
    ]
    #expect(
      times(local, Self.paris) == [
        "2026-10-24T23:59:59Z", "2026-10-25T00:00:00Z", "2026-10-25T00:59:59Z", "2026-10-25T01:00:00Z",
        "2026-10-25T01:59:59Z", "2026-10-25T02:00:00Z",
      ])
  }

  @Test("of a time that happens twice, with nothing before it, the earlier is taken")
  func ambiguousAlone() {
    #expect(times(["2026-10-25 02:30:00"], Self.paris) == ["2026-10-25T00:30:00Z"])
  }

  @Test("a time that is left out in spring counts on from before")
  func missing() {
    #expect(times(["2026-03-29 02:30:00"], Self.paris) == ["2026-03-29T01:30:00Z"])
  }

  @Test(
    "every quarter of an hour around a change of the clocks reads back from its local time",
    arguments: ["Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
  func roundTrip(name: String) throws {
    let zone = try #require(TimeZone(identifier: name))
    var change = Date(timeIntervalSince1970: 1_767_225_600)
    for _ in 0..<4 {
      change = try #require(zone.nextDaylightSavingTimeTransition(after: change))
      let middle = Timestamp(seconds: Int64(change.timeIntervalSince1970))
      let instants = (-100...100).map { middle.adding(seconds: Double($0) * 900) }
      let local = instants.map { instant in
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant.seconds)))
        return String(instant.adding(seconds: Double(offset)).rfc3339.prefix(19)).replacing("T", with: " ")
      }
      let wrong = zip(times(local, zone), instants).filter { $0 != $1.rfc3339Seconds }
      #expect(wrong.isEmpty)
    }
  }
}
