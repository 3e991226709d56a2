internal import Evidence
internal import Foundation
internal import GRDB

/// What a look at the whole audit found.
package struct AuditReport: Sendable, Codable, Equatable {
  /// Findings that are listed; the rest is counted.
  package static let findingLimit = 100

  /// Rows that are there.
  package var rows = 0
  /// The last row that was pruned; 0 where none was.
  package var prunedThrough: Int64 = 0
  /// The last row: to be noted elsewhere.
  package var headSequence: Int64 = 0
  package var headHash = AuditRow.genesis
  /// Heads from elsewhere that were compared with a row.
  package var headsCompared = 0
  /// What is wrong, each naming its row.
  package var findings: [String] = []
  /// All of them, listed or not.
  package var findingCount = 0

  package var isIntact: Bool { findingCount == 0 }

  mutating func add(_ finding: String) {
    findingCount += 1
    if findings.count < Self.findingLimit { findings.append(finding) }
  }

  enum CodingKeys: String, CodingKey {
    case rows, findings
    case prunedThrough = "pruned_through"
    case headSequence = "head_sequence"
    case headHash = "head_hash"
    case headsCompared = "heads_compared"
    case findingCount = "finding_count"
  }
}

/// Checks an audit file that nobody need have open.
package enum AuditVerification {
  /// Reads all rows in order.
  ///
  /// - Parameters:
  ///   - path: of the file.
  ///   - heads: hashes of rows by sequence, noted outside of the file: what finds a cut at the end, and a chain that
  ///     was written anew.
  /// - Returns: what was found.
  /// - Throws: `StorageError` where there is no such file, or it is no audit.
  package static func run(path: String, heads: [Int64: String]) throws -> AuditReport {
    guard FileManager.default.fileExists(atPath: path) else {
      throw StorageError.database("there is no audit at \(path)")
    }
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(5)
    do {
      return try DatabaseQueue(path: path, configuration: configuration).read { database in
        var walk = AuditWalk(heads: heads)
        if let row = try Row.fetchOne(database, sql: "SELECT sequence, hash FROM checkpoint") {
          walk.begin(after: AuditHead(sequence: row["sequence"], hash: row["hash"]))
        }
        let rows = try Row.fetchCursor(database, sql: "SELECT * FROM audit ORDER BY sequence")
        while let row = try rows.next() { walk.visit(AuditRow(row), storedTime: row["at"]) }
        return walk.finish()
      }
    } catch let error as DatabaseError {
      throw StorageError(error)
    }
  }
}

/// The chain, row by row.
private struct AuditWalk {
  private var report = AuditReport()
  private var previous = AuditHead(sequence: 0, hash: AuditRow.genesis)
  private var heads: [Int64: String]
  /// What a row has to say that vouches for the checkpoint.
  private var voucher: String?

  init(heads: [Int64: String]) {
    self.heads = heads
  }

  mutating func begin(after checkpoint: AuditHead) {
    previous = checkpoint
    report.prunedThrough = checkpoint.sequence
    voucher = AuditChain.checkpoint(checkpoint.sequence, checkpoint.hash)
    compare(checkpoint)
  }

  mutating func visit(_ row: AuditRow, storedTime: String) {
    let expected = previous.sequence + 1
    if row.sequence > expected {
      let words =
        row.sequence == expected + 1 ? "row \(expected) is" : "rows \(expected) to \(row.sequence - 1) are"
      report.add("\(words) missing")
    } else if row.sequence < expected {
      report.add("row \(row.sequence) is there although all through \(previous.sequence) were pruned")
    } else if row.previous != previous.hash {
      report.add("row \(row.sequence) does not follow the row before it: one of the two was put there")
    }
    // A time that is none, or is written in another way, was not written by the agent.
    if row.hash != row.canonicalHash || row.at.rfc3339 != storedTime {
      report.add("row \(row.sequence) was changed: its hash is that of another text")
    }
    if row.action == AuditChain.discontinuity {
      report.add("row \(row.sequence): the agent found the audit changed by another writer: \(row.detail)")
    }
    if row.action == AuditChain.pruned, row.detail == voucher { voucher = nil }
    previous = AuditHead(sequence: row.sequence, hash: row.hash)
    report.rows += 1
    compare(previous)
  }

  private mutating func compare(_ head: AuditHead) {
    guard let known = heads.removeValue(forKey: head.sequence) else { return }
    report.headsCompared += 1
    if known != head.hash {
      report.add("row \(head.sequence) is not the one that was noted elsewhere: the audit was written anew")
    }
  }

  consuming func finish() -> AuditReport {
    if voucher != nil {
      report.add("rows through \(report.prunedThrough) are missing, and no row says that they were pruned")
    }
    let later = heads.keys.filter { $0 > previous.sequence }
    if let last = later.max() {
      report.add("rows \(previous.sequence + 1) to \(last) are missing: the end was cut off")
    }
    report.headSequence = previous.sequence
    report.headHash = previous.hash
    return report
  }
}
