package import Evidence
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Freezes the journal for captures: asks journald to sync, pins the files of the window, and lets go of them.
///
/// The links are made by this process where it is root's, else by the helper; where both are refused, files are
/// copied, up to a limit. All calls block: for a thread of its own, and one at a time.
package struct JournalFreezer: Sendable {
  /// How much a freeze may cost.
  package struct Limits: Sendable, Equatable {
    /// How long journald may take to sync.
    package var syncTimeout: Duration
    /// Bytes on disk of the pinned files of all captures together.
    package var pinnedBytes: Int
    /// Bytes of copies for all captures together.
    package var copiedBytes: Int
    /// Bytes that stay free where the copies are.
    package var diskFloor: Int

    package init(syncTimeout: Duration, pinnedBytes: Int, copiedBytes: Int, diskFloor: Int) {
      self.syncTimeout = syncTimeout
      self.pinnedBytes = pinnedBytes
      self.copiedBytes = copiedBytes
      self.diskFloor = diskFloor
    }
  }

  /// A capture that wants its journal frozen.
  package struct Request: Sendable, Equatable {
    /// A ULID.
    package var captureID: String
    /// Where the window begins; it ends when the freeze is complete.
    package var from: Timestamp

    package init(captureID: String, from: Timestamp) {
      self.captureID = captureID
      self.from = from
    }
  }

  /// See `JournalQuery.directory`.
  package let directory: String?
  /// Socket of the helper.
  private let helper: String
  private let copies: FreezeCopies
  private let clock: @Sendable () -> Timestamp

  /// - Parameters:
  ///   - directory: see `JournalQuery.directory`; the helper knows the host's own journal only.
  ///   - helper: path of the helper's socket.
  ///   - state: a folder for records and copies, private to the agent.
  ///   - clock: tells when a freeze is taken.
  package init(directory: String?, helper: String, state: String, clock: @escaping @Sendable () -> Timestamp)
  {
    self.directory = directory
    self.helper = helper
    copies = FreezeCopies(folder: state)
    self.clock = clock
  }

  /// The first half: pins the files that there are, in a moment, for journald may delete them in the next. One freeze
  /// for each of the requests.
  package func pin(_ requests: [Request], limits: Limits) -> [JournalFreeze] {
    requests.map { request in
      var freeze = JournalFreeze(
        captureID: request.captureID, from: request.from, takenAt: clock(), syncs: [], files: [])
      copies.begin(&freeze)
      pin(&freeze, limits)
      copies.record(&freeze)
      return freeze
    }
  }

  /// The second half: has journald write down what waits in its socket, and takes down how far the files go then. One
  /// sync serves all of the freezes.
  package func complete(_ freezes: [JournalFreeze], limits: Limits) -> [JournalFreeze] {
    var freezes = freezes
    let outcome = synchronize(limits.syncTimeout) {
      // A journald with a backlog goes on rotating and deleting while it works it off.
      let now = clock()
      for index in freezes.indices {
        freezes[index].takenAt = now
        pin(&freezes[index], limits)
      }
    }
    let takenAt = clock()
    return freezes.map { freeze in
      var freeze = freeze
      outcome.notes.forEach { freeze.note($0) }
      freeze.syncs = outcome.syncs
      freeze.takenAt = takenAt
      pin(&freeze, limits)
      copies.copy(&freeze, limits: limits)
      copies.record(&freeze)
      return freeze
    }
  }

  /// Both halves.
  package func freeze(_ requests: [Request], limits: Limits) -> [JournalFreeze] {
    complete(pin(requests, limits: limits), limits: limits)
  }

  /// Lets go of the files of a capture.
  ///
  /// - Throws: what kept links from being removed.
  package func release(_ capture: String) throws -> ReleasedPins {
    guard JournalPins.isCaptureID(capture) else { return ReleasedPins() }
    var released = ReleasedPins()
    if JournalPins(directory: directory).captures().contains(capture) {
      released = try pinning().release(capture)
    }
    copies.remove(capture)
    return released
  }

  /// The captures that an earlier run of the agent left links, copies or records of.
  package func leftovers() -> [String] {
    copies.captures().sorted()
  }

  /// The freeze that an earlier run of the agent took for a capture that is still to be made; `nil` when there is no
  /// whole record of it.
  package func recover(_ capture: String) -> JournalFreeze? {
    copies.recorded(capture)
  }

  private struct SyncOutcome: Sendable {
    var syncs: [JournalSync] = []
    var notes: [String] = []
  }

  private final class SyncBox: Sendable {
    let outcome = Mutex<SyncOutcome?>(nil)
  }

  /// Between two looks at the files while journald syncs.
  private static let lookInterval = Duration.milliseconds(200)

  /// Has journald sync on a thread of its own, and calls `look` as long as it takes. Mostly that is never.
  private func synchronize(_ timeout: Duration, look: () -> Void) -> SyncOutcome {
    let box = SyncBox()
    let isStarted = startThread {
      let outcome = synchronize(timeout)
      box.outcome.withLock { $0 = outcome }
    }
    guard isStarted else { return synchronize(timeout) }
    var next = ContinuousClock.now.advanced(by: Self.lookInterval)
    while true {
      if let outcome = box.outcome.withLock(\.self) { return outcome }
      usleep(2000)
      guard ContinuousClock.now >= next else { continue }
      look()
      next = .now.advanced(by: Self.lookInterval)
    }
  }

  private func synchronize(_ timeout: Duration) -> SyncOutcome {
    do throws(SystemFailure) {
      return SyncOutcome(syncs: try pinning().synchronize(timeout: timeout))
    } catch {
      return SyncOutcome(
        syncs: JournalPins(directory: directory).synchronize(timeout: timeout),
        notes: ["journald was not synced as it should be (\(error))"])
    }
  }

  /// Pins what there is now, in addition to what was pinned before.
  private func pin(_ freeze: inout JournalFreeze, _ limits: Limits) {
    let earlier = freeze.files
    freeze.files = look(&freeze, limits)
    let seen = Set(freeze.files.map(\.identity))
    freeze.files += earlier.filter { $0.method != .none && !seen.contains($0.identity) }.map(\.refreshed)
  }

  private func look(_ freeze: inout JournalFreeze, _ limits: Limits) -> [FrozenFile] {
    do throws(SystemFailure) {
      return try pinning().pin(freeze.captureID, window: freeze.window, maximumBytes: limits.pinnedBytes)
    } catch {
      freeze.note("the journal files could not be pinned as they should (\(error))")
    }
    guard !isPrivileged else { return [] }
    do throws(SystemFailure) {
      let pins = JournalPins(directory: directory)
      return try pins.pin(freeze.captureID, window: freeze.window, maximumBytes: limits.pinnedBytes)
    } catch {
      freeze.note("nor without the helper (\(error))")
      return []
    }
  }

  /// Root needs no helper, and a folder of somebody's files is none of the helper's business.
  private var isPrivileged: Bool { directory != nil || geteuid() == 0 }

  private func pinning() -> any JournalPinning {
    isPrivileged ? JournalPins(directory: directory) : FreezeHelperClient(socket: helper)
  }
}
