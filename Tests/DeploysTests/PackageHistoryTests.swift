import Deploys
import Evidence
import Testing

@Suite("Package history")
struct PackageHistoryTests {
  static let aptLog = """
    Start-Date: 2026-11-23  10:00:00
    Commandline: apt-get dist-upgrade -y
    Requested-By: alice (1000)
    Install: new:amd64 (1), dep:amd64 (1, automatic)
    Upgrade: openssl:amd64 (3.0.11, 3.0.13), libssl3:amd64 (3.0.11, 3.0.13), libssl3:i386 (3.0.11, 3.0.13)
    Purge: old:amd64 (1)
    End-Date: 2026-11-23  10:00:30

    """
  static let dpkgLog = """
    2026-11-23 10:00:05 upgrade openssl:amd64 3.0.11 3.0.13
    2026-11-23 10:00:06 upgrade libssl3:amd64 3.0.11 3.0.13
    2026-11-23 10:00:07 upgrade libssl3:i386 3.0.11 3.0.13
    2026-11-23 10:00:08 install new:amd64 <none> 1
    2026-11-23 10:00:09 install dep:all <none> 1
    2026-11-23 10:00:20 remove old:amd64 1 <none>
    2026-11-23 10:00:21 purge old:amd64 1 <none>
    2026-11-23 11:00:00 install local:amd64 <none> 9
    2026-11-23 12:00:00 upgrade openssl:amd64 3.0.13 3.0.13

    """

  func merged(_ window: TimeWindow = always) -> [PackageTransaction] {
    PackageHistory.merge(
      apt: apt(Self.aptLog).transactions, dpkg: dpkg(Self.dpkgLog).transactions, window: window)
  }

  @Test("an action that both logs tell is told once: apt's command, dpkg's second and architecture")
  func joins() {
    let told = merged().map {
      let name = "\($0.package):\($0.architecture ?? "-")"
      return
        "\($0.at.rfc3339Seconds.dropFirst(11)) \($0.action) \(name) \($0.source) \($0.run?.requestedBy ?? "-")"
    }
    #expect(
      told == [
        "10:00:05Z upgrade openssl:amd64 apt alice (1000)",
        "10:00:06Z upgrade libssl3:amd64 apt alice (1000)",
        "10:00:07Z upgrade libssl3:i386 apt alice (1000)", "10:00:08Z install new:amd64 apt alice (1000)",
        "10:00:09Z install dep:all apt alice (1000)", "10:00:20Z purge old:amd64 apt alice (1000)",
        "11:00:00Z install local:amd64 dpkg -", "12:00:00Z reinstall openssl:amd64 dpkg -",
      ])
  }

  @Test("the real logs of one host join")
  func real() throws {
    let history = AptHistory.parse(try fixture("host-apt-history.log"), near: always, zone: utcZone)
    let log = DpkgLog.parse(try fixture("host-dpkg.log"), near: always, zone: utcZone)
    let all = PackageHistory.merge(apt: history.transactions, dpkg: log.transactions, window: always)
    #expect(all.count == history.transactions.count)
    #expect(all.first { $0.package == "sosreport" }?.at == utc("2026-11-23T22:48:02"))
  }

  @Test("the order of the input does not matter")
  func order() {
    let (fromApt, fromDpkg) = (apt(Self.aptLog).transactions, dpkg(Self.dpkgLog).transactions)
    for _ in 0..<50 {
      let shuffled = PackageHistory.merge(apt: fromApt.shuffled(), dpkg: fromDpkg.shuffled(), window: always)
      #expect(shuffled == merged())
    }
  }

  @Test("only what lies in the window is told, even of a run across its edge")
  func edges() {
    let inside = merged(window("2026-11-23T10:00:07", "2026-11-23T10:00:20"))
    #expect(inside.map(\.package) == ["libssl3", "new", "dep"])
  }

  @Test("a run without an end does not claim what later runs did")
  func unfinished() {
    let history = apt(
      """
      Start-Date: 2026-11-23  10:00:00
      Upgrade: a:amd64 (1, 2)

      Start-Date: 2026-11-23  11:00:00
      Commandline: second
      Upgrade: a:amd64 (1, 2)
      End-Date: 2026-11-23  11:00:09
      """)
    let log = dpkg("2026-11-23 11:00:05 upgrade a:amd64 1 2")
    let all = PackageHistory.merge(apt: history.transactions, dpkg: log.transactions, window: always)
    #expect(all.map(\.at) == [utc("2026-11-23T10:00:00"), utc("2026-11-23T11:00:05")])
    #expect(all.last?.run?.commandLine == "second")
  }

  @Test("one run is one event, which names what was replaced first")
  func events() {
    let events = PackageHistory.timelineEvents(merged(), path: "deploys/packages.jsonl")
    #expect(
      events.map(\.message) == [
        "apt upgraded 3 packages: libssl3 3.0.11→3.0.13, libssl3 3.0.11→3.0.13, openssl 3.0.11→3.0.13; "
          + "purged 1 package: old 1; installed 2 packages: new 1 and 1 more (apt-get dist-upgrade -y)",
        "dpkg installed 1 package: local 9", "dpkg reinstalled 1 package: openssl 3.0.13→3.0.13",
      ])
    #expect(
      events.map(\.reference) == [
        "deploys/packages.jsonl:1", "deploys/packages.jsonl:7", "deploys/packages.jsonl:8",
      ])
    #expect(events.first?.at == utc("2026-11-23T10:00:05") && events.first?.actor == "alice (1000)")
  }

  @Test("forty packages of one command are one event with five names")
  func forty() {
    let list = (10..<50).map { "p\($0):amd64 (1, 2)" }.joined(separator: ", ")
    let history = apt(
      "Start-Date: 2026-11-23  10:00:00\nCommandline: apt-get upgrade -y\nUpgrade: \(list)\nError: broken\n\n"
    )
    let events = PackageHistory.timelineEvents(history.transactions, path: "p")
    #expect(
      events.map(\.message) == [
        "apt upgraded 40 packages: p10 1→2, p11 1→2, p12 1→2, p13 1→2, p14 1→2 and 35 more "
          + "(apt-get upgrade -y): FAILED: broken"
      ])
    #expect(events.first?.severity == "err")
  }

  @Test("steps of dpkg within a minute are one event")
  func series() {
    let log = dpkg(
      "2026-11-23 10:00:00 install a:all <none> 1\n2026-11-23 10:01:00 remove b:all 1 <none>\n"
        + "2026-11-23 10:02:01 install c:all <none> 1\n")
    let events = PackageHistory.timelineEvents(log.transactions, path: "p")
    #expect(
      events.map(\.message) == [
        "dpkg removed 1 package: b 1; installed 1 package: a 1", "dpkg installed 1 package: c 1",
      ])
  }
}
