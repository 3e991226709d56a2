import Evidence
import Foundation
import GRDB
import Redaction
import Testing

@testable import ConfigHistory

@Suite("The host's state")
struct HostStateTests {
  private let host: TemporaryFolder
  private let rig: Rig

  /// A host with two listening sockets, a mount, and a package with three configuration files.
  init() throws {
    host = try TemporaryFolder()
    rig = try Rig()
    try host.write("proc/net/tcp", Self.header + Self.tcp("0100007F:0016", state: "0A", uid: 0))
    try host.write("proc/net/udp", Self.header + Self.tcp("00000000:0044", state: "07", uid: 101))
    try host.write("proc/net/unix", "Num RefCount Protocol Flags Type St Inode Path\n")
    try host.write("proc/1/mountinfo", "36 35 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n")
    try host.write("proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n")
    try host.write("etc/own.conf", "a")
    try host.write("etc/edited.conf", "b")
    try host.write(
      "var/lib/dpkg/status",
      """
      Package: app
      Status: install ok installed
      Conffiles:
       /etc/own.conf 0cc175b9c0f1b6a831c399e269772661
       /etc/edited.conf 0cc175b9c0f1b6a831c399e269772661
       /etc/old.conf 0cc175b9c0f1b6a831c399e269772661 obsolete
      Description: an application
       /etc/not-a-conffile 0cc175b9c0f1b6a831c399e269772661

      Package: removed
      Status: deinstall ok config-files
      Conffiles:
       /etc/removed.conf 0cc175b9c0f1b6a831c399e269772661

      """)
  }

  private static let header =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"

  private static func tcp(_ local: String, state: String, uid: Int, remote: String = "00000000:0000")
    -> String
  {
    "   0: \(local) \(remote) \(state) 00000000:00000000 00:00000000 00000000  \(uid)  0 19 1 0 100 0 0 10 0\n"
  }

  private func observe(_ sampler: inout HostSampler, at second: Int64, cut: Int64 = 0) throws -> HostSample {
    let sample = sampler.sample()
    _ = try rig.history.database.observe(
      sample, redactor: rig.redactor, at: Timestamp(seconds: second), olderThan: Timestamp(seconds: cut))
    return sample
  }

  private func changes(from: Int64, to: Int64) throws -> [SettingChange] {
    let window = TimeWindow(from: Timestamp(seconds: from), to: Timestamp(seconds: to))
    return try rig.history.reader.settings(in: window, of: [], redactor: rig.redactor).settings
  }

  @Test("is a baseline first, and then what changed, with the times it lies between")
  func changes() throws {
    var sampler = HostSampler(root: host.path)
    #expect(try observe(&sampler, at: 10).gaps.isEmpty)
    #expect(try changes(from: 0, to: 10).isEmpty)
    try host.write("proc/net/tcp", Self.header + Self.tcp("00000000:1F90", state: "0A", uid: 0))
    try host.write(
      "proc/1/mountinfo",
      """
      36 35 8:1 / / ro,relatime shared:1 - ext4 /dev/sda1 rw
      37 36 8:2 /data /mnt/my\\040disk rw - xfs /dev/sdb1 rw,noquota
      38 36 0:9 / /run/user/1000 rw - tmpfs tmpfs rw

      """)
    try host.write("etc/own.conf", "edited")
    try host.write("etc/edited.conf.dpkg-dist", "a")
    _ = try observe(&sampler, at: 20)
    let changes = try changes(from: 10, to: 20)
    #expect(
      changes.map(\.text) == [
        "/: ext4 /dev/sda1 rw,relatime → ext4 /dev/sda1 ro,relatime,rw",
        "/mnt/my disk: new: xfs /dev/sdb1[/data] rw,noquota",
        "/etc/edited.conf: changed (app) → changed (app); beside it .dpkg-dist",
        "/etc/own.conf: as packaged (app) → changed (app)",
        "tcp 0.0.0.0:8080: new: uid 0 (root)", "tcp 127.0.0.1:22: gone: uid 0 (root)",
      ])
    #expect(changes.allSatisfy { $0.previousSeenAt?.seconds == 10 && $0.seenAt.seconds == 20 })
    #expect(changes.map(\.kind) == [.mount, .mount, .packageConfig, .packageConfig, .socket, .socket])
  }

  @Test("that flaps is one row, with the number of values and the first and the last time")
  func flapping() throws {
    var sampler = HostSampler(root: host.path)
    _ = try observe(&sampler, at: 10)
    for second in 11...30 as ClosedRange<Int64> {
      let text = second.isMultiple(of: 2) ? Self.tcp("0100007F:0016", state: "0A", uid: 0) : ""
      try host.write("proc/net/tcp", Self.header + text)
      _ = try observe(&sampler, at: second)
    }
    let change = try #require(try changes(from: 10, to: 30).first)
    #expect(change.versions == 20 && change.firstSeenAt.seconds == 11 && change.seenAt.seconds == 30)
    #expect(change.before == change.after && change.intermediate.count == 19)
    #expect(change.timelineEvent().message.contains("20 values: first seen at 1970-01-01T00:00:11Z, last at"))
    _ = try observe(&sampler, at: 31, cut: 25)
    #expect(try changes(from: 25, to: 30).first?.versions == 5)
    #expect(try changes(from: 10, to: 30).first?.firstSeenAt.seconds ?? 0 > 20)
  }

  @Test("that cannot be looked at keeps its last values, with a gap")
  func failures() throws {
    var sampler = HostSampler(root: host.path)
    _ = try observe(&sampler, at: 10)
    try host.remove("proc/net/udp")
    try host.write("proc/net/tcp", Self.header)
    try host.remove("proc/1")
    let sample = try observe(&sampler, at: 20)
    #expect(sample.gaps.count == 2 && sample.gaps.allSatisfy { $0.cause == .sourceError })
    #expect(try changes(from: 10, to: 20).isEmpty)
  }

  @Test("that is the same costs no row, and another change is seen all the same")
  func unchanged() throws {
    func look(_ second: Int64, _ redactor: Redactor) throws -> Int {
      try rig.history.observeHost(
        redactor: redactor, at: Timestamp(seconds: second), olderThan: Timestamp(seconds: 0)
      ).changed
    }
    _ = try look(10, rig.redactor)
    // This host's own, which may change at any time.
    let names = try rig.history.database.read {
      try Int.fetchOne($0, sql: "SELECT count(*) FROM observation")
    }
    #expect(names ?? 0 > 0)
    _ = try look(20, rig.redactor)
    let seen = try rig.history.database.read {
      try Int64.fetchAll($0, sql: "SELECT DISTINCT seen_at FROM observed_kind")
    }
    #expect(seen == [Timestamp(seconds: 20).nanoseconds])
  }

  @Test("finds what a package manager left beside a file, also later, and in a folder that was settled")
  func leftBeside() throws {
    var sampler = HostSampler(root: host.path)
    func left() -> String? { sampler.sample().kinds[.packageConfig]?["/etc/own.conf"] }
    #expect(left() == "as packaged (app)")
    sleep(3)
    #expect(left() == "as packaged (app)" && left() == "as packaged (app)")
    try host.write("etc/own.conf.dpkg-new", "b")
    try host.makeFolder("etc/own.conf.dpkg-dist")
    #expect(left() == "as packaged (app); beside it .dpkg-new")
    try host.remove("etc/own.conf.dpkg-new")
    #expect(left() == "as packaged (app)")
  }

  @Test("says when the ports of clients are not known", arguments: [nil, "5 4\n", "all\n"])
  func localPorts(text: String?) throws {
    var sampler = HostSampler(root: host.path)
    try host.remove("proc/sys/net/ipv4/ip_local_port_range")
    if let text { try host.write("proc/sys/net/ipv4/ip_local_port_range", text) }
    let gaps = try observe(&sampler, at: 10).gaps
    #expect(gaps.map(\.cause) == [.sourceError])
    #expect(gaps.first?.detail.contains("32768...60999") == true)
  }

  @Test("has of mounts behind the unit's sandbox the file system's options only")
  func sandbox() {
    let text = "36 35 8:1 / /data ro,nosuid - ext4 /dev/sda1 rw\n"
    #expect(MountPoints.mounts(text, isHosts: false) == ["/data": "ext4 /dev/sda1 rw"])
    #expect(MountPoints.mounts(text, isHosts: true) == ["/data": "ext4 /dev/sda1 ro,nosuid,rw"])
  }

  @Test("stores no secret")
  func secrets() throws {
    var sampler = HostSampler(root: host.path)
    let secret = "AKIA" + "IOSFODNN7ABCDEFG"
    try host.write(
      "proc/1/mountinfo",
      "36 35 8:1 / /s rw - fuse.s3fs bucket rw,password=hunter2hunter2,aws_key=\(secret)\n")
    _ = try observe(&sampler, at: 10)
    for name in ["config.sqlite", "config.sqlite-wal"] {
      let bytes = FileManager.default.contents(atPath: rig.store.file(name)) ?? Data()
      #expect(
        bytes.range(of: Data(secret.utf8)) == nil && bytes.range(of: Data("hunter2hunter2".utf8)) == nil)
    }
  }

  @Test("is bounded: what is beyond the limit of names is a gap")
  func limit() throws {
    var sampler = HostSampler(root: host.path)
    let lines = (0..<6000).map { Self.tcp("0100007F:" + String($0 + 4096, radix: 16), state: "0A", uid: 0) }
    try host.write("proc/net/tcp", Self.header + lines.joined())
    let sample = try observe(&sampler, at: 10)
    #expect(sample.kinds[.socket]?.count == HostSample.maximumNames)
    #expect(sample.gaps.map(\.cause) == [.budget])
  }

  @Test("is bounded: values are cut, and of many rows the oldest superseded ones go")
  func rows() throws {
    var sampler = HostSampler(root: host.path)
    let options = String(repeating: "o", count: 5000)
    try host.write("proc/1/mountinfo", "36 35 8:1 / /x rw - ext4 /dev/sda1 \(options)\n")
    for second in 10...40 as ClosedRange<Int64> {
      try host.write("proc/net/tcp", Self.header + Self.tcp("0100007F:0016", state: "0A", uid: Int(second)))
      _ = try rig.history.database.observe(
        sampler.sample(), redactor: rig.redactor, at: Timestamp(seconds: second),
        olderThan: Timestamp(seconds: 0), maximum: 10)
    }
    let change = try #require(try changes(from: 10, to: 40).first)
    #expect(change.versions < 11 && change.after == "uid 40")
    try host.write("proc/1/mountinfo", "")
    _ = try observe(&sampler, at: 50)
    #expect(try changes(from: 40, to: 50).first?.before?.utf8.count == HostSample.maximumBytes)
  }

  @Test(
    "has addresses as people write them",
    arguments: [
      ("00000000000000000000000000000000:0016", "tcp6 [::]:22"),
      ("00000000000000000000000001000000:1F90", "tcp6 [::1]:8080"),
      ("B80D0120000000000000000001000000:0050", "tcp6 [2001:db8::1]:80"),
    ])
  func addresses(field: String, name: String) {
    let none = String(repeating: "0", count: 32) + ":0000"
    let text = Self.header + Self.tcp(field, state: "0A", uid: 5, remote: none)
    let names = AccountNames(passwd: "", group: "")
    #expect(
      ListeningSockets.internet(text, of: "tcp6", localPorts: 1...2, names: names) == [name: "uid 5"])
  }

  @Test("passes over clients: connected sockets, ports that the kernel chose, sockets of sessions")
  func clients() {
    let text =
      Self.header + Self.tcp("00000000:9C40", state: "07", uid: 0)
      + Self.tcp("0100007F:0035", state: "07", uid: 0, remote: "0100007F:1234")
    let names = AccountNames(passwd: "", group: "")
    #expect(
      ListeningSockets.internet(text, of: "udp", localPorts: 32768...60999, names: names).isEmpty)
    let unix = """
      Num       RefCount Protocol Flags    Type St Inode Path
      0000: 00000002 00000000 00010000 0001 01 1 /run/app.sock
      0000: 00000003 00000000 00000000 0001 03 2 /run/app.sock
      0000: 00000002 00000000 00010000 0001 01 3 /run/user/1000/bus
      0000: 00000002 00000000 00010000 0001 01 4 @abstract
      0000: 00000002 00000000 00000000 0002 01 5 /dev/log

      """
    #expect(ListeningSockets.unix(unix) == ["unix /run/app.sock": "stream", "unix /dev/log": "datagram"])
  }

  @Test("of this host can be told")
  func real() {
    var sampler = HostSampler()
    let sample = sampler.sample()
    #expect(sample.kinds[.mount]?["/"] != nil && sample.kinds[.socket] != nil)
  }
}

@Suite("The kernel's settings")
struct KernelSettingsTests {
  private func change(_ path: String, before: String?, after: String?) throws -> [String] {
    let rig = try Rig()
    try rig.scan(at: 10)
    try rig.folder.write("before", before ?? "")
    try rig.folder.write("after", after ?? "")
    try rig.scan(at: 20)
    let changes = try rig.changesByName(from: 10, to: 20)
    var change = try #require(changes["after"])
    change.path = path
    change.before = before == nil ? nil : changes["before"]?.after
    change.after = after == nil ? nil : changes["after"]?.after
    return try KernelSettings.changes(by: change) { state throws(ConfigHistoryError) in
      try rig.history.content(of: state, redactor: rig.redactor)?.text
    }.map(\.text)
  }

  @Test("are named as sysctl(8) names them")
  func sysctl() throws {
    #expect(
      try change("/proc/sys/vm/swappiness", before: "60\n", after: "10\n") == ["vm.swappiness: 60 → 10"])
    #expect(
      try change("/proc/sys/net/ipv4/conf/eth0.1/forwarding", before: nil, after: "4096\t87380\t1\n")
        == ["net.ipv4.conf.eth0/1.forwarding: new: 4096 87380 1"])
    #expect(try change("/etc/sysctl.conf", before: "a", after: "b").isEmpty)
  }

  @Test("of the command line are compared one by one")
  func commandLine() throws {
    #expect(
      try change(
        "/proc/cmdline", before: "root=/dev/sda1 quiet console=tty0 dyn=\"a b\"\n",
        after: "root=/dev/sda2 console=tty0 console=ttyS0 dyn=\"a b\"\n")
        == ["console: tty0 → tty0 ttyS0", "quiet: gone: ", "root: /dev/sda1 → /dev/sda2"])
  }
}
