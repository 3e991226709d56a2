internal import Capture
internal import Evidence
internal import Logging
internal import Storage
internal import Synchronization

/// Room for evidence on a disk that is short of it: says how far a capture may go, and gives the reserve back in need.
/// Every method blocks: for threads of their own.
final class DiskReserve: Sendable {
  /// Free bytes without which a capture is not begun, in need.
  static let least = 16 << 20

  private let file: ReserveFile
  private let bundles: BundleFolder
  private let logger: Logger
  private let metrics: AgentMetrics
  /// What the host had left for itself when the reserve was given back: captures leave that alone. `nil` while it is held,
  /// or there is none.
  private let hostsShare: Mutex<Int?>

  init(path: String, bundles: BundleFolder, metrics: AgentMetrics, logger: Logger) {
    file = ReserveFile(path: path)
    self.bundles = bundles
    self.logger = logger
    self.metrics = metrics
    // Given back by an earlier run, which is not there to say what the host had.
    hostsShare = Mutex(file.isGivenBack ? 0 : nil)
    metrics.set("exhibit_reserve_bytes", to: Double(file.heldBytes))
  }

  /// Gives the reserve back where the disk is full already: the start itself writes.
  func makeStartPossible() throws {
    if try bundles.freeBytes() < Self.least { _ = giveBack() }
  }

  /// Sets `bytes` aside where `floor` stays free, or what more or less than before is wanted.
  ///
  /// - Throws: `StorageError`. A disk without room is no failure.
  func refill(_ bytes: Int, keeping floor: Int) throws {
    let before = file.heldBytes
    let isWhole = try file.allocate(bytes, keeping: floor)
    metrics.set("exhibit_reserve_bytes", to: Double(file.heldBytes))
    if isWhole { hostsShare.withLock { $0 = nil } }
    guard isWhole, before != bytes else { return }
    logger.notice(
      "Set disk space aside for incidents on a full disk", metadata: ["reserve.bytes": "\(bytes)"])
  }

  /// Gives the reserve back, for something has found the disk full.
  ///
  /// - Returns: whether there is more room now.
  func giveBack() -> Bool {
    do {
      let free = try bundles.freeBytes()
      let bytes = try file.release()
      guard bytes > 0 else { return false }
      hostsShare.withLock { $0 = free }
      metrics.set("exhibit_reserve_bytes", to: 0)
      logger.warning(
        "The disk is full: gave the reserve back, for signals and captures",
        metadata: ["reserve.bytes": "\(bytes)", "disk.free_bytes": "\(free)"])
      return true
    } catch {
      logger.error("Could not give the reserve back", metadata: ["error": "\(error)"])
      return false
    }
  }

  /// As `giveBack()`, on a thread of its own.
  func giveBackApart() async -> Bool {
    do {
      return try await DedicatedThread.run("exh-reserve") { self.giveBack() }
    } catch {
      // The closure throws nothing.
      return false
    }
  }

  /// Makes room for one capture.
  ///
  /// - Parameter floor: bytes that have to stay free, but in need.
  /// - Returns: those that this capture has to leave free.
  /// - Throws: `StorageError.diskFull` where there is no room even so.
  func room(floor: Int) throws -> Int {
    guard try bundles.freeBytes() < floor else { return floor }
    _ = giveBack()
    guard let share = hostsShare.withLock({ $0 }) else { throw StorageError.diskFull }
    let free = try bundles.freeBytes()
    guard free - min(share, free) >= Self.least else { throw StorageError.diskFull }
    return min(share, floor)
  }
}
