internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The agent's own part of freezes, in a folder that is private to it: a copy of each file that could not be linked,
/// and a record of each freeze, so that the next start finds what a crash left.
///
/// ```
/// CAPTURE/record        see `FreezeCopies.record`
/// CAPTURE/N.journal     copies
/// ```
struct FreezeCopies: Sendable {
  let folder: String

  /// Seconds that the copies of one capture may take together.
  private static let seconds = 20.0
  private static let recordLimit = 16 << 20

  /// Notes that the capture is about to have links: another agent's links on the same host are none of ours.
  func begin(_ freeze: inout JournalFreeze) {
    do throws(SystemFailure) {
      try makeFolder(freeze.captureID)
    } catch {
      freeze.note("links may stay behind when the agent crashes (\(error))")
    }
  }

  func captures() -> [String] { (folderNames(folder).names ?? []).filter(JournalPins.isCaptureID) }

  /// Copies the files that are not pinned, in their order, within the limits. Files outside of the window are left:
  /// they are there for clocks that were set back, and a copy is dear.
  func copy(_ freeze: inout JournalFreeze, limits: JournalFreezer.Limits) {
    let window = freeze.window
    let deadline = ContinuousClock.now.advanced(by: .seconds(Self.seconds))
    var left = limits.copiedBytes - used
    for index in freeze.files.indices where freeze.files[index].method == .none {
      let file = freeze.files[index]
      guard let header = file.parsedHeader, JournalSelection.distance(header, window) == 0 else { continue }
      let path = "\(folder)/\(freeze.captureID)/\(index).journal"
      do throws(SystemFailure) {
        guard file.bytes <= left else {
          throw SystemFailure(call: "limit of journal.freeze.max_copy", errno: EFBIG)
        }
        try makeFolder(freeze.captureID)
        try checkSpace(for: file.bytes, floor: limits.diskFloor)
        try copyJournalFile(file, to: path, until: deadline)
        left -= file.bytes
        freeze.files[index].method = .copy
        freeze.files[index].readPath = path
      } catch {
        freeze.files[index].refusal = "\(file.refusal ?? "no link"); no copy: \(error)"
      }
    }
  }

  /// Writes the freeze down. Without its record it does not survive the agent, which is a note and no failure.
  func record(_ freeze: inout JournalFreeze) {
    let times = "\(freeze.from.nanoseconds) \(freeze.takenAt.nanoseconds)"
    var lines = ["freeze 1 \(freeze.captureID) \(times)"]
    lines += freeze.syncs.map(\.line) + freeze.files.map(\.line) + ["end"]
    do throws(SystemFailure) {
      try makeFolder(freeze.captureID)
      try writeFile(
        Array((lines.joined(separator: "\n") + "\n").utf8), to: "\(folder)/\(freeze.captureID)/record")
    } catch {
      freeze.note("the freeze is lost when the agent crashes (\(error))")
    }
  }

  /// - Returns: `nil` when there is no record, or not a whole one.
  func recorded(_ capture: String) -> JournalFreeze? {
    guard JournalPins.isCaptureID(capture),
      let bytes = readFile("\(folder)/\(capture)/record", limit: Self.recordLimit)
    else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
    guard let first = lines.first?.split(separator: " "), first.count == 5, lines.last == "end",
      first[0] == "freeze", first[1] == "1", first[2] == capture, let from = Int64(first[3]),
      let takenAt = Int64(first[4])
    else { return nil }
    let body = lines.dropFirst().dropLast()
    let files = body.compactMap { FrozenFile(line: $0) }
    let syncs = body.compactMap { JournalSync(line: $0) }
    guard files.count + syncs.count == body.count else { return nil }
    return JournalFreeze(
      captureID: capture, from: Timestamp(nanoseconds: from), takenAt: Timestamp(nanoseconds: takenAt),
      syncs: syncs, files: files)
  }

  func remove(_ capture: String) {
    let path = "\(folder)/\(capture)"
    for name in folderNames(path).names ?? [] { unlink("\(path)/\(name)") }
    rmdir(path)
  }

  /// Bytes of the copies of all captures.
  private var used: Int {
    var bytes = 0
    for capture in captures() {
      for name in folderNames("\(folder)/\(capture)").names ?? [] {
        var status = stat()
        if stat("\(folder)/\(capture)/\(name)", &status) == 0 { bytes += Int(status.st_blocks) * 512 }
      }
    }
    return bytes
  }

  private func makeFolder(_ capture: String) throws(SystemFailure) {
    for path in [folder, "\(folder)/\(capture)"] where mkdir(path, 0o700) != 0 && errno != EEXIST {
      throw SystemFailure(call: "mkdir \(path)", errno: errno)
    }
  }

  private func checkSpace(for bytes: Int, floor: Int) throws(SystemFailure) {
    var status = statvfs()
    guard statvfs(folder, &status) == 0 else { throw SystemFailure(call: "statvfs", errno: errno) }
    let free = Int(
      clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    guard free - bytes >= floor else {
      throw SystemFailure(call: "limit of bundles.disk_floor", errno: ENOSPC)
    }
  }
}
