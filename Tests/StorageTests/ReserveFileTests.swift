import Evidence
import Foundation
import Redaction
import Storage
import Testing

/// A file system of its own, as small as is wanted. Needs the right to mount.
final class SmallDisk: Sendable {
  let path: String

  static let isAvailable: Bool = {
    do {
      _ = try SmallDisk(bytes: 1 << 20)
      return true
    } catch {
      return false
    }
  }()

  struct Refused: Error {}

  init(bytes: Int) throws {
    path = NSTemporaryDirectory() + "exhibit-disk-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
      rmdir(path)
      throw Refused()
    }
  }

  deinit {
    // The kernel does it once the last file is closed.
    umount2(path, Int32(MNT_DETACH))
    rmdir(path)
  }

  var free: Int { DiskSpace.free(at: path) ?? -1 }

  /// Fills it up to the last byte, by a file of this name.
  func fill(_ name: String = "ballast", leaving bytes: Int = 0) throws {
    let descriptor = open(path + "/" + name, O_WRONLY | O_CREAT, 0o600)
    defer { close(descriptor) }
    try #require(descriptor >= 0 && posix_fallocate(descriptor, 0, off_t(free - bytes)) == 0)
  }
}

@Suite("The reserve", .enabled(if: SmallDisk.isAvailable, "needs the right to mount a tmpfs"))
struct ReserveFileTests {
  private let disk: SmallDisk

  init() throws {
    disk = try SmallDisk(bytes: 32 << 20)
  }

  private var reserve: ReserveFile { ReserveFile(path: disk.path + "/reserve") }

  @Test("takes real blocks, and gives them back")
  func blocks() throws {
    let reserve = reserve
    let before = disk.free
    #expect(try reserve.allocate(8 << 20, keeping: 1 << 20))
    #expect(disk.free <= before - 8 << 20)
    #expect(try reserve.release() == 8 << 20)
    #expect(disk.free >= before - 65_536)
    #expect(try reserve.release() == 0)
  }

  @Test("is not taken where less than the floor would stay free")
  func floor() throws {
    let reserve = reserve
    #expect(try reserve.allocate(8 << 20, keeping: 30 << 20) == false)
    #expect(reserve.heldBytes == 0)
    #expect(try reserve.allocate(64 << 20, keeping: 0) == false)
    #expect(disk.free > 31 << 20)
  }

  @Test("outlives the process, is made smaller and larger, and removed")
  func changes() throws {
    #expect(try reserve.allocate(8 << 20, keeping: 0))
    #expect(reserve.heldBytes == 8 << 20 && !reserve.isGivenBack)
    #expect(try reserve.allocate(4 << 20, keeping: 0))
    #expect(reserve.heldBytes == 4 << 20)
    #expect(try reserve.allocate(16 << 20, keeping: 0))
    #expect(disk.free < 17 << 20)
    #expect(try reserve.release() == 16 << 20)
    #expect(reserve.isGivenBack)
    #expect(try reserve.allocate(0, keeping: 0))
    #expect(!reserve.isGivenBack && !FileManager.default.fileExists(atPath: disk.path + "/reserve"))
  }

  @Test("one that was cut short counts for nothing")
  func sparse() throws {
    #expect(FileManager.default.createFile(atPath: disk.path + "/reserve", contents: nil))
    try #require(truncate(disk.path + "/reserve", 8 << 20) == 0)
    #expect(reserve.heldBytes == 0)
    #expect(try reserve.allocate(8 << 20, keeping: 0))
    #expect(disk.free < 25 << 20)
  }

  @Test("a signal about the full disk is taken in once the reserve is given back")
  func intake() async throws {
    let reserve = reserve
    let database = try StateDatabase(
      path: disk.path + "/exhibit.sqlite",
      whenFull: {
        do { return try reserve.release() > 0 } catch { return false }
      })
    let redactor = Redactor(rules: .builtIn, key: .random())
    let body = redactor.redact(String(repeating: "the disk is full. ", count: 20_000))
    #expect(try reserve.allocate(8 << 20, keeping: 0))
    try disk.fill()
    let accepted = try await database.accept(.alert("full"), body: body, headers: [:], queueLimit: 10)
    #expect(accepted.captureID != nil && reserve.heldBytes == 0)
    // The next one finds no reserve, and says so instead of losing anything.
    try disk.fill("more")
    await #expect(throws: StorageError.diskFull) {
      for index in 0..<200 {
        _ = try await database.accept(.alert("k\(index)"), body: body, headers: [:], queueLimit: 1000)
      }
    }
    #expect(try await database.incident(try #require(accepted.incidentID)) != nil)
  }
}
