package import Evidence
package import FoundationEssentials

/// Reads `/var/log/dpkg.log` (`dpkg(1)`, option `--log`): one line a step, in local time.
package enum DpkgLog {
  /// Words that dpkg writes and that change no version.
  private static let otherWords: Set<Substring> = [
    "status", "configure", "trigproc", "triggered", "startup", "conffile", "disappear",
  ]

  /// Reads a log. Lines that are not of its form are reported, and what surrounds them is read.
  ///
  /// - Parameters:
  ///   - bytes: the whole log, or a part that begins at a line.
  ///   - window: what is of interest. Transactions on the days next to it are returned as well: joining
  ///     them with apt's needs those at the edges, and `PackageHistory.merge` cuts exactly.
  ///   - zone: the host's zone; `LocalClock` tells how hours that happen twice are read.
  /// - Returns: the transactions in the log's order, and its problems.
  package static func parse(_ bytes: [UInt8], near window: TimeWindow, zone: TimeZone) -> PackageLog {
    var log = PackageLog()
    var clock = LocalClock(zone: zone)
    let filter = DateFilter(window: window, clock: clock)
    forEachLine(of: bytes) { number, line in
      guard !line.isEmpty else { return }
      switch filter.admits(line) {
      case nil: log.report(line: number, "does not begin with a date")
      case true?: parse(String(decoding: line, as: UTF8.self), number: number, clock: &clock, into: &log)
      case false?: break
      }
    }
    return log
  }

  private static func parse(_ line: String, number: Int, clock: inout LocalClock, into log: inout PackageLog)
  {
    let words = line.split(separator: " ")
    guard words.count >= 3 else { return log.report(line: number, "has no action") }
    guard !otherWords.contains(words[2]) else { return }
    guard let word = PackageAction(rawValue: String(words[2])), words.count == 6 else {
      return log.report(line: number, "is not \"date time action package:architecture old new\"")
    }
    guard let instant = clock.instant(of: "\(words[0]) \(words[1])") else {
      return log.report(line: number, "has an impossible time")
    }
    let name = words[3].split(separator: ":", maxSplits: 1)
    let (old, new) = (version(words[4]), version(words[5]))
    // dpkg has no word for it.
    let action = word == .upgrade && old == new ? .reinstall : word
    log.transactions.append(
      PackageTransaction(
        at: instant, action: action, package: String(name.first ?? words[3]),
        architecture: name.count > 1 ? String(name[1]) : nil, oldVersion: old,
        newVersion: action.leavesInstalled ? new : nil, source: .dpkg))
  }

  private static func version(_ word: Substring) -> String? {
    word == "<none>" ? nil : String(word)
  }
}
