import Evidence
import Foundation
import Testing

@testable import Journal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A journal with a freezer of its own, and a folder for the state of the agent.
struct FreezeBench {
  static let capture = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
  static let another = "01BX5ZZKBKACTAV9WEVGEMMVRZ"

  let journal: TemporaryFolder
  let state: TemporaryFolder

  init() throws {
    journal = try TemporaryFolder()
    state = try TemporaryFolder()
  }

  /// Taken at the samples' second 1000.
  var freezer: JournalFreezer {
    JournalFreezer(
      directory: journal.path, helper: state.path + "/no-helper", state: state.path + "/freezes",
      clock: { window(0, 1000).to })
  }

  func limits(pinned: Int = .max, copied: Int = .max, floor: Int = 0) -> JournalFreezer.Limits {
    JournalFreezer.Limits(
      syncTimeout: .seconds(1), pinnedBytes: pinned, copiedBytes: copied, diskFloor: floor)
  }

  func freeze(_ capture: String = Self.capture, _ limits: JournalFreezer.Limits? = nil) throws
    -> JournalFreeze
  {
    let request = JournalFreezer.Request(captureID: capture, from: window(0, 1).from)
    return try #require(freezer.freeze([request], limits: limits ?? self.limits()).first)
  }

  /// Makes a file of ten entries from that second on.
  @discardableResult
  func fill(_ name: String, from second: Double) throws -> String {
    let samples = (0..<10).map { Sample(at: second + Double($0), message: "\(Int(second) + $0)") }
    return try journal.makeJournal(samples.flatMap(\.export), name: name)
  }

  /// What journald's vacuum does: the name goes, and where it was the last one, so do the bytes.
  func vacuum(_ path: String) throws {
    let file = open(path, O_RDWR)
    try #require(file >= 0)
    defer { close(file) }
    try #require(unlink(path) == 0)
    var status = stat()
    try #require(fstat(file, &status) == 0)
    if status.st_nlink == 0 { try #require(ftruncate(file, 0) == 0) }
  }

  func read(_ freeze: JournalFreeze) throws -> Reading {
    try JournalTests.read(
      JournalQuery(window: window(0, 1000), directory: journal.path, freeze: freeze))
  }

  /// Everything that freezes have left anywhere.
  var leftovers: [String] {
    ["\(journal.path)/.exhibit", "\(state.path)/freezes"].flatMap { folder in
      (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }) ?? []
    }
  }
}

@Suite("Freezing the journal", .enabled(if: Tool.canMakeJournals, "needs systemd-journal-remote"))
struct FreezeTests {
  let bench: FreezeBench

  init() throws { bench = try FreezeBench() }

  @Test("Files that are rotated and vacuumed after the freeze are read whole, and nothing is a gap")
  func vacuumed() throws {
    let first = try bench.fill("system@1.journal", from: 0)
    let second = try bench.fill("system.journal", from: 10)
    let freeze = try bench.freeze()
    #expect(freeze.files.map(\.method) == [.link, .link])
    let archived = bench.journal.path + "/system@2.journal"
    try FileManager.default.moveItem(atPath: second, toPath: archived)
    try bench.fill("system.journal", from: 20)
    try bench.vacuum(first)
    try bench.vacuum(archived)

    let reading = try bench.read(freeze)
    #expect(reading.messages == (0..<20).map(String.init))
    #expect(reading.coverage.gaps == [])
    let unfrozen = try read(JournalQuery(window: window(0, 1000), directory: bench.journal.path))
    #expect(unfrozen.messages == (20..<30).map(String.init))
  }

  @Test(
    "What journald rotates and deletes while it is synced is there, up to its last entry, and so is what is new"
  )
  func betweenTheHalves() throws {
    let path = try bench.fill("system.journal", from: 0)
    let request = JournalFreezer.Request(captureID: FreezeBench.capture, from: window(0, 1).from)
    let half = bench.freezer.pin([request], limits: bench.limits())
    #expect(bench.freezer.recover(FreezeBench.capture) == half.first)
    // The same file is written on.
    try bench.fill("system.journal", from: 10)
    let archived = bench.journal.path + "/system@1.journal"
    try FileManager.default.moveItem(atPath: path, toPath: archived)
    try bench.fill("system.journal", from: 20)
    try bench.vacuum(archived)
    let freeze = try #require(bench.freezer.complete(half, limits: bench.limits()).first)
    #expect(freeze.files.map(\.method) == [.link, .link])
    let reading = try bench.read(freeze)
    #expect(reading.messages == (0..<30).map(String.init))
    #expect(reading.gaps(.journalCorrupt) == [])
    #expect(bench.freezer.recover(FreezeBench.capture) == freeze)
    #expect(try bench.freezer.release(FreezeBench.capture).files == 2)
    #expect(bench.leftovers == [])
  }

  @Test("Links bear no name that journalctl reads", .enabled(if: Tool.canCompare, "needs journalctl"))
  func hidden() throws {
    try bench.fill("system.journal", from: 0)
    let before = try bench.journal.journalctl("-o", "export")
    let header = try bench.journal.journalctl("--header")
    let freeze = try bench.freeze()
    #expect(try bench.journal.journalctl("-o", "export") == before)
    #expect(try bench.journal.journalctl("--header") == header)
    #expect(bench.leftovers.contains("\(FreezeBench.capture)/\(freeze.files[0].inode).journal"))
  }

  @Test("After the release there is no link, no copy, no record and no folder; what was held is counted")
  func released() throws {
    let path = try bench.fill("system.journal", from: 0)
    let freeze = try bench.freeze()
    _ = try bench.freeze(FreezeBench.another)
    try bench.vacuum(path)
    #expect(try bench.freezer.release(FreezeBench.another) == ReleasedPins(files: 1, heldBytes: 0))
    let last = try bench.freezer.release(FreezeBench.capture)
    #expect(last == ReleasedPins(files: 1, heldBytes: freeze.files[0].bytes))
    #expect(bench.leftovers == [])
    #expect(!FileManager.default.fileExists(atPath: bench.journal.path + "/.exhibit"))
    #expect(try bench.freezer.release(FreezeBench.capture) == ReleasedPins())
  }

  @Test("What a crash left is found, taken up again from its record, and removed")
  func crash() throws {
    let path = try bench.fill("system.journal", from: 0)
    let freeze = try bench.freeze()
    _ = try bench.freeze(FreezeBench.another)
    try FileManager.default.removeItem(atPath: "\(bench.state.path)/freezes/\(FreezeBench.another)/record")
    try bench.vacuum(path)

    let next = bench.freezer
    #expect(next.leftovers() == [FreezeBench.capture, FreezeBench.another])
    #expect(next.recover(FreezeBench.capture) == freeze)
    #expect(next.recover(FreezeBench.another) == nil)
    #expect(try bench.read(try #require(next.recover(FreezeBench.capture))).messages.count == 10)
    for capture in next.leftovers() { _ = try next.release(capture) }
    #expect(next.leftovers() == [] && bench.leftovers == [])
  }

  @Test("A torn record is no freeze", arguments: [0.2, 0.6, 0.99])
  func tornRecord(part: Double) throws {
    try bench.fill("system.journal", from: 0)
    _ = try bench.freeze()
    let record = "\(bench.state.path)/freezes/\(FreezeBench.capture)/record"
    let bytes = try Data(contentsOf: URL(fileURLWithPath: record))
    try bytes.prefix(Int(Double(bytes.count) * part)).write(to: URL(fileURLWithPath: record))
    #expect(bench.freezer.recover(FreezeBench.capture) == nil)
  }

  @Test("Only files that can hold entries of the window are pinned, the nearest first when room is short")
  func bounds() throws {
    try bench.fill("a.journal", from: -200_000)
    try bench.fill("b.journal", from: -3000)
    let near = try bench.fill("c.journal", from: 0)
    let all = try bench.freeze()
    #expect(all.files.map(\.path) == [near, bench.journal.path + "/b.journal"])
    _ = try bench.freezer.release(FreezeBench.capture)

    let room = all.files[0].bytes
    let short = try bench.freeze(FreezeBench.capture, bench.limits(pinned: room, copied: 0))
    #expect(short.files.map(\.method) == [.link, .none])
    #expect(short.summary.notes.contains { $0.contains("journal.freeze.max_pinned") })
    #expect(try bench.read(short).messages.count == 10)
    // The same file for another capture takes no more room.
    let again = try bench.freeze(FreezeBench.another, bench.limits(pinned: room, copied: 0))
    #expect(again.files.map(\.method) == [.link, .none])
  }

  @Test("What cannot be linked is copied within the limits, and the copy holds what the header promised")
  func copied() throws {
    let path = try bench.fill("system.journal", from: 0)
    let freeze = try bench.freeze(FreezeBench.capture, bench.limits(pinned: 0))
    #expect(freeze.files.map(\.method) == [.copy])
    #expect(freeze.summary.copied == 1)
    try bench.fill("system.journal", from: 10)
    try bench.vacuum(path)
    let reading = try bench.read(freeze)
    #expect(reading.messages == (0..<10).map(String.init))
    #expect(reading.coverage.gaps == [])
    _ = try bench.freezer.release(FreezeBench.capture)
    #expect(bench.leftovers == [])

    try bench.fill("system.journal", from: 0)
    for (limits, reason) in [
      (bench.limits(pinned: 0, copied: 1000), "journal.freeze.max_copy"),
      (bench.limits(pinned: 0, floor: .max), "bundles.disk_floor"),
    ] {
      let refused = try bench.freeze(FreezeBench.capture, limits)
      #expect(refused.files.map(\.method) == [.none])
      #expect(refused.summary.notes.contains { $0.contains(reason) })
      _ = try bench.freezer.release(FreezeBench.capture)
    }
  }

  @Test("A file that was not pinned is found again under its archived name; one that went is a gap")
  func unpinned() throws {
    let path = try bench.fill("system.journal", from: 0)
    let freeze = try bench.freeze(FreezeBench.capture, bench.limits(pinned: 0, copied: 0))
    #expect(freeze.files.map(\.method) == [.none])
    let archived = bench.journal.path + "/system@1.journal"
    try FileManager.default.moveItem(atPath: path, toPath: archived)
    try bench.fill("system.journal", from: 10)
    let reading = try bench.read(freeze)
    #expect(reading.messages == (0..<10).map(String.init))
    #expect(reading.coverage.gaps == [])
    try bench.vacuum(archived)
    let after = try bench.read(freeze)
    #expect(after.messages == [])
    #expect(after.gaps(.journalRotated).contains { $0.detail.contains("\(path) was deleted") })
  }

  @Test(
    "A link to another file system is refused, and a copy takes its place",
    .enabled(if: sharedMemory, "needs /dev/shm"))
  func otherFileSystem() throws {
    let path = try bench.fill("system.journal", from: 0)
    let elsewhere = "/dev/shm/exhibit-freeze-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: elsewhere, withIntermediateDirectories: false)
    defer { _ = try? FileManager.default.removeItem(atPath: elsewhere) }
    let folder = try PinFolder(creatingIn: elsewhere, capture: FreezeBench.capture)
    let file = open(path, O_RDONLY)
    defer { close(file) }
    var refusals: [SystemFailure] = []
    do throws(SystemFailure) { try folder.link(file, as: "0.journal") } catch { refusals.append(error) }
    do throws(SystemFailure) { try folder.clone(file, as: "0.journal") } catch { refusals.append(error) }
    #expect(refusals.map(\.call) == ["link", "clone"] && refusals.first?.errno == EXDEV)
    #expect(folderNames(folder.path).names == [])
  }

  @Test("A folder that links cannot be made in is a note, and the files are copied")
  func noFolder() throws {
    try bench.fill("system.journal", from: 0)
    try Data().write(to: URL(fileURLWithPath: bench.journal.path + "/.exhibit"))
    let freeze = try bench.freeze()
    #expect(freeze.files.map(\.method) == [.copy])
    #expect(freeze.files[0].refusal?.contains(".exhibit") == true)
  }

  @Test("A symbolic link in place of the private folder is not followed")
  func symbolicLink() throws {
    try bench.fill("system.journal", from: 0)
    let victim = try TemporaryFolder()
    let inner = "\(victim.path)/\(FreezeBench.capture)"
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    try Data().write(to: URL(fileURLWithPath: inner + "/precious"))
    try FileManager.default.createSymbolicLink(
      atPath: bench.journal.path + "/.exhibit", withDestinationPath: victim.path)
    #expect(try bench.freeze().files.map(\.method) == [.copy])
    #expect(throws: (any Error).self) { try bench.freezer.release(FreezeBench.capture) }
    #expect(FileManager.default.fileExists(atPath: inner + "/precious"))
  }
}

private let sharedMemory: Bool = {
  var shared = stat()
  var temporary = stat()
  return stat("/dev/shm", &shared) == 0 && stat(NSTemporaryDirectory(), &temporary) == 0
    && shared.st_dev != temporary.st_dev
}()
