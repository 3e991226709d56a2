package import Evidence
package import FoundationEssentials

/// Reads `/var/log/apt/history.log`: stanzas of `Name: value` lines with blank lines between, in local time.
package enum AptHistory {
  /// Reads a log. Lines that are not of its form are reported, and what surrounds them is read.
  ///
  /// - Parameters:
  ///   - bytes: the whole log, or a part that begins at a stanza.
  ///   - window: what is of interest. Transactions on the days next to it are returned as well: joining
  ///     them with dpkg's needs those at the edges, and `PackageHistory.merge` cuts exactly.
  ///   - zone: the host's zone; `LocalClock` tells how hours that happen twice are read.
  /// - Returns: the transactions in the log's order, and its problems.
  package static func parse(_ bytes: [UInt8], near window: TimeWindow, zone: TimeZone) -> PackageLog {
    var parser = AptHistoryParser(window: window, zone: zone)
    forEachLine(of: bytes) { number, line in parser.take(line, number: number) }
    parser.endStanza()
    return parser.log
  }
}

private struct AptHistoryParser {
  private(set) var log = PackageLog()
  private var clock: LocalClock
  private let filter: DateFilter
  private var state = State.between

  private enum State {
    case between
    /// In a stanza of no interest, or one that could not be understood.
    case skipping
    case inside(Stanza)
  }

  private struct Stanza {
    let line: Int
    var run: AptRun
    var transactions: [PackageTransaction] = []
  }

  init(window: TimeWindow, zone: TimeZone) {
    clock = LocalClock(zone: zone)
    filter = DateFilter(window: window, clock: clock)
  }

  private static let startDate = Array("Start-Date:".utf8)

  mutating func take(_ line: ArraySlice<UInt8>, number: Int) {
    if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) {
      endStanza()
    } else if line.starts(with: Self.startDate) {
      endStanza()
      begin(line.dropFirst(Self.startDate.count).drop { $0 == UInt8(ascii: " ") }, number: number)
    } else {
      switch state {
      case .skipping: break
      case .between:
        log.report(line: number, "is outside a stanza: no Start-Date before it")
        state = .skipping
      case .inside(var stanza):
        // Emptied first, so that the stanza's array is grown in place.
        state = .skipping
        field(String(decoding: line, as: UTF8.self), number: number, of: &stanza)
        state = .inside(stanza)
      }
    }
  }

  private mutating func begin(_ date: ArraySlice<UInt8>, number: Int) {
    state = .skipping
    switch filter.admits(date) {
    case false?: break
    case true?:
      guard let start = clock.instant(of: String(decoding: date, as: UTF8.self)) else { fallthrough }
      state = .inside(Stanza(line: number, run: AptRun(startedAt: start)))
    case nil: log.report(line: number, "has a Start-Date that is not a date and a time")
    }
  }

  private mutating func field(_ line: String, number: Int, of stanza: inout Stanza) {
    guard let colon = line.firstIndex(of: ":") else {
      return log.report(line: number, "is not \"Name: value\"")
    }
    let name = line[..<colon]
    let value = line[line.index(after: colon)...].drop { $0 == " " }
    switch name {
    case "Commandline": stanza.run.commandLine = String(value)
    case "Requested-By": stanza.run.requestedBy = String(value)
    case "Error": stanza.run.error = String(value)
    case "End-Date":
      stanza.run.endedAt = clock.instant(of: value)
      if stanza.run.endedAt == nil {
        log.report(line: number, "has an End-Date that is not a date and a time")
      }
    default:
      // Fields of later versions of apt are passed over.
      guard let action = PackageAction(rawValue: name.lowercased()) else { return }
      packages(value, action: action, number: number, of: &stanza)
    }
  }

  /// `jq:amd64 (1.6-2.1, 1.6-2.1+deb12u1), wrk:amd64 (4.1.0-3+b2, automatic)`
  private mutating func packages(
    _ list: Substring, action: PackageAction, number: Int, of stanza: inout Stanza
  ) {
    var rest = list
    while !rest.isEmpty {
      guard let open = rest.firstIndex(of: "("), let close = rest[open...].firstIndex(of: ")") else {
        return log.report(line: number, "has an item that is not \"package:architecture (version)\"")
      }
      let name = rest[..<open].split(separator: " ").last ?? ""
      var versions = rest[rest.index(after: open)..<close].split(separator: ", ")
      let automatic = versions.last == "automatic"
      if automatic { versions.removeLast() }
      rest = rest[rest.index(after: close)...].drop { $0 == "," || $0 == " " }
      guard !name.isEmpty, (1...2).contains(versions.count) else {
        log.report(line: number, "has an item that is not \"package:architecture (version)\"")
        continue
      }
      stanza.transactions.append(
        transaction(action, name: name, versions: versions, automatic: automatic, run: stanza.run))
    }
  }

  private func transaction(
    _ action: PackageAction, name: Substring, versions: [Substring], automatic: Bool, run: AptRun
  ) -> PackageTransaction {
    let parts = name.split(separator: ":", maxSplits: 1)
    let replaces = versions.count == 2 || !action.leavesInstalled
    return PackageTransaction(
      at: run.startedAt, action: action, package: String(parts.first ?? name),
      architecture: parts.count > 1 ? String(parts[1]) : nil,
      oldVersion: replaces ? versions.first.map(String.init) : nil,
      newVersion: action.leavesInstalled ? versions.last.map(String.init) : nil, automatic: automatic,
      source: .apt)
  }

  /// The run's facts may follow its packages: they are handed to them here.
  mutating func endStanza() {
    defer { state = .between }
    guard case .inside(let stanza) = state else { return }
    if stanza.run.endedAt == nil {
      log.report(line: stanza.line, "begins a run without End-Date: apt was still running, or died")
    }
    for var transaction in stanza.transactions {
      transaction.run = stanza.run
      log.transactions.append(transaction)
    }
  }
}
