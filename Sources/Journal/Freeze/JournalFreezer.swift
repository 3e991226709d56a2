package import Evidence

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
    /// Where the window begins; it ends when the freeze is taken.
    package var from: Timestamp

    package init(captureID: String, from: Timestamp) {
      self.captureID = captureID
      self.from = from
    }
  }

  /// See `JournalQuery.directory`.
  private let directory: String?
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

  /// Takes one freeze for each of the requests; one sync serves all of them.
  package func freeze(_ requests: [Request], limits: Limits) -> [JournalFreeze] {
    let takenAt = clock()
    var notes: [String] = []
    let syncs = synchronize(limits.syncTimeout, &notes)
    return requests.map { request in
      var freeze = JournalFreeze(
        captureID: request.captureID, takenAt: takenAt, syncs: syncs, files: [], notes: notes)
      copies.begin(&freeze)
      let window = TimeWindow(from: min(request.from, takenAt), to: takenAt)
      freeze.files = pin(request.captureID, window, limits, &freeze.notes)
      copies.copy(&freeze, window: window, limits: limits)
      copies.record(&freeze)
      return freeze
    }
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

  private func synchronize(_ timeout: Duration, _ notes: inout [String]) -> [JournalSync] {
    do throws(SystemFailure) {
      return try pinning().synchronize(timeout: timeout)
    } catch {
      notes.append("the helper did not sync journald (\(error))")
      return JournalPins(directory: directory).synchronize(timeout: timeout)
    }
  }

  private func pin(
    _ capture: String, _ window: TimeWindow, _ limits: Limits, _ notes: inout [String]
  ) -> [FrozenFile] {
    do throws(SystemFailure) {
      return try pinning().pin(capture, window: window, maximumBytes: limits.pinnedBytes)
    } catch {
      notes.append("the helper did not pin the journal files (\(error))")
    }
    do throws(SystemFailure) {
      return try JournalPins(directory: directory).pin(
        capture, window: window, maximumBytes: limits.pinnedBytes)
    } catch {
      notes.append("the journal files could not be pinned (\(error))")
      return []
    }
  }

  /// Root needs no helper, and a folder of somebody's files is none of the helper's business.
  private func pinning() -> any JournalPinning {
    directory == nil && geteuid() != 0
      ? FreezeHelperClient(socket: helper) : JournalPins(directory: directory)
  }
}
