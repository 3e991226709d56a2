import Crypto
import Evidence
import Foundation
import Redaction
import Synchronization
import Testing

@testable import ConfigHistory

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("A file that is replaced while it is looked at")
struct RaceTests {
  private static let secret = "must never be read: Zk3vQ9pLx7Tn2RwY8mBc"

  /// What takes the file's place between the look at its metadata and the attempt to open it.
  enum Replacement: CaseIterable {
    case symlinkToShadow, symlinkToSecret, fifo, folder, socketLikeDevice, otherFile, nothing
  }

  private func examiner(_ rig: Rig, maximumFileBytes: Int = 1 << 20) -> Examiner {
    Examiner(
      redactor: rig.redactor, key: SymmetricKey(data: Data(0..<32)), maximumFileBytes: maximumFileBytes)
  }

  @Test(
    "at the worst moment is recorded as what took its place, and never followed",
    arguments: Replacement.allCases)
  func replaced(by replacement: Replacement) throws {
    let rig = try Rig()
    let outside = try TemporaryFolder()
    let hidden = try outside.write("hidden", Self.secret)
    let path = try rig.folder.write("a", "old\n")
    let folder = try OpenFolder(path: Array(rig.folder.path.utf8))
    let name = Array("a".utf8)
    let metadata = try folder.metadata(of: name)
    #expect(unlink(path) == 0)
    var expected = FileState.FileType.file
    switch replacement {
    case .symlinkToShadow: (expected, _) = (.symlink, try rig.folder.link("a", to: "/etc/shadow"))
    case .symlinkToSecret: (expected, _) = (.symlink, try rig.folder.link("a", to: hidden))
    case .fifo: (expected, _) = (.fifo, mkfifo(path, 0o600))
    case .folder: (expected, _) = (.directory, mkdir(path, 0o755))
    case .socketLikeDevice:
      guard mknod(path, S_IFCHR | 0o600, 0x103) == 0 else { return }
      expected = .device
    case .otherFile: try rig.folder.write("a", "new\n")
    case .nothing: break
    }
    var examiner = examiner(rig)
    guard replacement != .nothing else {
      #expect(throws: SystemFailure.self) {
        try examiner.examine(name, metadata, in: folder, isSecret: false)
      }
      return
    }
    let finding = try examiner.examine(name, metadata, in: folder, isSecret: false)
    #expect(finding.metadata.type == expected)
    #expect(finding.stored?.text == (replacement == .otherFile ? "new\n" : nil))
    #expect(finding.gap == nil)
  }

  /// What another thread does to a file all the time.
  enum Writer: CaseIterable {
    case truncates, grows, overwrites, swapsForSymlink, swapsForFIFO, swapsForFolder
  }

  @Test("again and again gives whole contents or a gap", arguments: Writer.allCases)
  func tightLoop(writer: Writer) throws {
    let rig = try Rig()
    let outside = try TemporaryFolder()
    let hidden = try outside.write("hidden", Self.secret)
    let path = rig.folder.file("a")
    // A long read is met more often while it goes on, a short one more often before it.
    let size = [.truncates, .grows, .overwrites].contains(writer) ? 500_000 : 1000
    let content = [UInt8](repeating: UInt8(ascii: "x"), count: size)
    try rig.folder.write("a", content)
    let isDone = Mutex(false)
    let ended = DispatchSemaphore(value: 0)
    Thread {
      while !isDone.withLock({ $0 }) { Self.act(writer, path, content, hidden) }
      ended.signal()
    }.start()
    let folder = try OpenFolder(path: Array(rig.folder.path.utf8))
    var examiner = examiner(rig)
    var met = 0
    for _ in 0..<200_000 where met < 3 {
      do throws(SystemFailure) {
        let name = Array("a".utf8)
        let before = try folder.metadata(of: name)
        let finding = try examiner.examine(name, before, in: folder, isSecret: false)
        let isMixed = finding.gap != nil
        if isMixed || !finding.metadata.isSameFile(as: before) || finding.metadata.size != before.size {
          met += 1
        }
        if let stored = finding.stored?.text {
          #expect(!stored.contains("must never"))
          if !isMixed { #expect(stored.utf8.count == finding.metadata.size) }
        }
        #expect(finding.stored == nil || finding.metadata.type == .file)
      } catch {
        #expect(error.isAbsence, "\(error.text)")
        met += 1
      }
    }
    isDone.withLock { $0 = true }
    ended.wait()
    // The test has met what it is about.
    #expect(met == 3)
  }

  private static func act(_ writer: Writer, _ path: String, _ content: [UInt8], _ hidden: String) {
    switch writer {
    case .truncates:
      truncate(path, 10)
      append(content, to: path)
    case .grows:
      append([UInt8](repeating: UInt8(ascii: "y"), count: 1000), to: path)
      truncate(path, off_t(content.count))
    case .overwrites:
      let file = open(path, O_WRONLY)
      pwrite(file, content, content.count, 0)
      close(file)
    case .swapsForSymlink: swap(path, content) { symlink(hidden, $0) }
    case .swapsForFIFO: swap(path, content) { mkfifo($0, 0o600) }
    case .swapsForFolder:
      unlink(path)
      mkdir(path, 0o755)
      rmdir(path)
      append(content, to: path)
    }
  }

  private static func append(_ content: [UInt8], to path: String) {
    let file = open(path, O_WRONLY | O_APPEND | O_CREAT, 0o644)
    write(file, content, content.count)
    close(file)
  }

  private static func swap(_ path: String, _ content: [UInt8], _ make: (String) -> Int32) {
    let other = path + ".tmp"
    _ = make(other)
    rename(other, path)
    append(content, to: other)
    rename(other, path)
  }
}
