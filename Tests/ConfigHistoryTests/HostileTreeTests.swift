import ConfigHistory
import Evidence
import Foundation
import Redaction
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("A hostile tree")
struct HostileTreeTests {
  @Test("with fifos, sockets, devices, loops, huge and binary files is recorded and never opened or followed")
  func oddities() throws {
    let rig = try Rig()
    try rig.scan(at: 10)
    #expect(mkfifo(rig.folder.file("fifo"), 0o600) == 0)
    try makeSocket(rig.folder.file("socket"))
    try rig.folder.link("loop", to: "loop")
    try rig.folder.link("up", to: "..")
    try rig.folder.link("shadow", to: "/etc/shadow")
    try rig.folder.write("binary", [0x7F, 0x45, 0, 1])
    try rig.folder.write("sparse", "")
    #expect(truncate(rig.folder.file("sparse"), 10 << 30) == 0)
    let report = try rig.scan(at: 20)
    #expect(report.isFinished && report.bytesRead == 4)
    let changes = try rig.changesByName(from: 10, to: 20)
    #expect(changes["fifo"]?.after?.type == .fifo && changes["socket"]?.after?.type == .socket)
    #expect(changes["shadow"]?.after?.target == "/etc/shadow" && changes["loop"]?.after?.target == "loop")
    #expect(changes["binary"]?.after?.content == .binary && changes["sparse"]?.after?.content == .oversize)
    #expect(changes["sparse"]?.after?.size == 10 << 30 && changes.count == 7)
    // What cannot be expressed is named; a symlink can.
    let patch = try rig.patch(from: 10, to: 20)
    #expect(patch.summary.sections == 3 && patch.summary.gaps.map(\.cause) == [.notStored, .notStored])
  }

  @Test("with devices tells their numbers", .enabled(if: getuid() == 0, "needs root"))
  func device() throws {
    let rig = try Rig()
    try rig.scan(at: 10)
    guard mknod(rig.folder.file("null"), S_IFCHR | 0o600, 0x103) == 0 else { return }
    try rig.scan(at: 20)
    #expect(try rig.changes(from: 10, to: 20).first?.after?.target == "1:3")
  }

  @Test("with names that are not UTF-8, or full of quotes and line feeds, is recorded byte by byte")
  func names() throws {
    let rig = try Rig()
    try rig.scan(at: 10)
    let names: [[UInt8]] = [
      [0x61, 0xFF, 0x5C], Array("a\nb".utf8), Array("\"q\" \t".utf8), Array("größe".utf8),
    ]
    for name in names {
      let path = (Array(rig.folder.file("").utf8) + name + [0]).map { CChar(bitPattern: $0) }
      let file = open(path, O_CREAT, 0o644)
      #expect(file >= 0)
      close(file)
    }
    try rig.scan(at: 20)
    let changes = try rig.changes(from: 10, to: 20)
    #expect(
      changes.count == 4 && changes.filter(\.pathIsEscaped).map(\.path) == [rig.folder.file("a\\xff\\\\")])
    // The JSON of a change is what a reader gets back.
    let decoded = try JSONDecoder().decode([ConfigChange].self, from: JSONEncoder().encode(changes))
    #expect(decoded == changes)
  }

  @Test("that is a symlink at the top is recorded as one")
  func symlinkRoot() throws {
    var rig = try Rig()
    try rig.folder.write("real/a", "1\n")
    try rig.folder.link("top", to: "real")
    rig.scope.paths = [rig.folder.file("top")]
    #expect(try rig.scan(at: 10).files == 1)
  }

  @Test("that is deeper than any configuration ends with a gap")
  func depth() throws {
    let rig = try Rig()
    try rig.folder.makeFolder(Array(repeating: "d", count: 100).joined(separator: "/"))
    let report = try rig.scan(at: 10)
    #expect(report.gaps.map(\.cause) == [.budget] && report.files < 100)
  }

  @Test("under /proc is not walked, but for the parameters of the kernel", .enabled(if: exists("/bin/sh")))
  func pseudoFileSystem() throws {
    var rig = try Rig()
    rig.scope.paths = ["/proc/1", "/sys"]
    let report = try rig.scan(at: 10)
    #expect(report.filesRead == 0 && report.gaps.map(\.cause) == [.notStored, .notStored])
  }

  @Test("that cannot be read is told apart from an empty one", .enabled(if: getuid() == 0, "needs root"))
  func permission() throws {
    let rig = try Rig()
    try rig.folder.write("closed/a", "1\n")
    try rig.folder.write("b", "1\n")
    #expect(chown(rig.folder.path, 65534, 65534) == 0 && chmod(rig.folder.path, 0o755) == 0)
    try rig.scan(at: 10)
    #expect(chmod(rig.folder.file("closed"), 0) == 0 && chmod(rig.folder.file("b"), 0) == 0)
    let report = try asNobody { try rig.scan(at: 20) }
    #expect(report.gaps.map(\.cause) == [.permission, .permission] && !report.isFinished)
    #expect(report.gaps.contains { $0.detail.contains("closed") })
    let changes = try rig.changesByName(from: 10, to: 20)
    #expect(changes.mapValues(\.kind) == ["closed": .metadata, "b": .metadata])
    #expect(changes["b"]?.after?.content == .unreadable)
  }

  @Test("that changes while it is read gives whole contents or a gap, and never what a symlink points to")
  func race() throws {
    let rig = try Rig()
    let outside = try TemporaryFolder()
    try outside.write("outside", "must never be read\n")
    let path = rig.folder.file("a")
    let isDone = Mutex(false)
    let thread = Thread {
      var round = 0
      while !isDone.withLock({ $0 }) {
        round += 1
        let temporary = rig.folder.path + "/.tmp"
        switch round % 4 {
        case 0:
          _ = try? Data(repeating: UInt8(ascii: "x"), count: 50_000).write(
            to: URL(fileURLWithPath: temporary))
        case 1: symlink(outside.file("outside"), temporary)
        case 2: mkfifo(temporary, 0o600)
        default:
          _ = try? Data(repeating: UInt8(ascii: "y"), count: 90_000).write(
            to: URL(fileURLWithPath: temporary))
        }
        rename(temporary, path)
        if round % 4 == 3 { truncate(path, 10) }
      }
      isDone.withLock { $0 = false }
    }
    thread.start()
    for time in 1...200 { try rig.scan(at: Int64(time)) }
    isDone.withLock { $0 = true }
    while isDone.withLock({ $0 }) { usleep(1000) }
    let stored = try Data(contentsOf: URL(fileURLWithPath: rig.store.file("config.sqlite")))
    let log = try Data(contentsOf: URL(fileURLWithPath: rig.store.file("config.sqlite-wal")))
    for bytes in [stored, log] { #expect(bytes.range(of: Data("must never".utf8)) == nil) }
    // Once it is quiet, the history says what is there.
    try rig.folder.remove("a")
    try rig.folder.write("a", "end\n")
    try rig.scan(at: 300)
    let state = try #require(try rig.changesByName(from: 0, to: 300)["a"]?.after)
    #expect(try rig.history.content(of: state, redactor: rig.redactor)?.text == "end\n")
  }

  private func makeSocket(_ path: String) throws {
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw ToolFailure(text: "bind: errno \(errno)") }
  }

  /// File access of this thread as nobody: the kernel drops the capabilities that pass over permissions with
  /// it.
  private func asNobody<T>(_ body: () throws -> T) throws -> T {
    typealias SetFileSystemUser = @convention(c) (uid_t) -> Int32
    let symbol = try #require(dlsym(nil, "setfsuid"))
    // setfsuid(2) is `int setfsuid(uid_t)`; glibc's module map leaves <sys/fsuid.h> out.
    let setFileSystemUser = unsafeBitCast(symbol, to: SetFileSystemUser.self)
    _ = setFileSystemUser(65534)
    defer { _ = setFileSystemUser(0) }
    return try body()
  }
}
