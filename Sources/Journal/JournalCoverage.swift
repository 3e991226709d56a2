package import Evidence

/// What was read, and what is missing.
package struct JournalCoverage: Sendable, Equatable {
  /// Entries in the window that were read.
  package var entries: Int
  /// Times of the earliest and of the latest of them.
  package var first: Timestamp?
  package var last: Timestamp?
  /// Journal files that were walked.
  package var files: Int
  /// The journal is in memory only (`/run/log/journal`): it is lost with each reboot.
  package var isVolatile: Bool
  /// Files that libsystemd read, each with the reason.
  package var fallback: [String]
  package var gaps: [Gap]
}

extension JournalCoverage {
  /// Sums up a reading: what the folders, the files and the entries say that is missing.
  init(_ plan: JournalPlan, findings: JournalFindings, tally: JournalTally, artifact: String) {
    let selection = plan.selection
    var inventory = selection.inventory
    inventory.obstacles += plan.refused
    var report = JournalGapReport(artifact: artifact, window: plan.query.window, inventory: inventory)
    report.addObstacles()
    report.addMissingHistory()
    report.addHoles()
    report.addUncleanStops()
    report.addVacuumed(inventory.vanished, remaining: [])
    let unpinned = selection.files.filter { !$0.isPinned }
    if !unpinned.isEmpty {
      report.addVacuumed(
        unpinned, remaining: JournalInventory.scan(directory: plan.query.directory).identities)
    }
    for damage in findings.damage { report.add(damage) }
    if findings.libsystemdFellShort { report.addShortfalls(plan.fallback.map(\.file)) }
    tally.addGaps(to: &report)
    self.init(
      entries: tally.entries, first: tally.first, last: tally.last, files: selection.files.count,
      isVolatile: inventory.isVolatile, fallback: plan.fallback.map { "\($0.file.path): \($0.reason)" },
      gaps: report.gaps)
  }
}

/// What the walk through the files found out, besides the entries.
struct JournalFindings: Sendable {
  /// Native files that are not whole.
  var damage: [(file: NativeFile, damage: FileDamage)] = []
  /// What libsystemd's part of the walk counted.
  var tally = JournalTally()
  var libsystemdFellShort = false
}

extension JournalMerge {
  func findings(of plan: JournalPlan) -> JournalFindings {
    var findings = JournalFindings()
    for source in native {
      var damage = source.damage
      damage.isTruncated = source.file.isTruncated
      if damage.isAny { findings.damage.append((source.file, damage)) }
    }
    guard let libsystemd else { return findings }
    findings.tally = libsystemd.tally
    let promised = plan.fallback.reduce(UInt64(0)) {
      $0.addingReportingOverflow($1.file.header.entries).partialValue
    }
    findings.libsystemdFellShort = plan.query.matches.isEmpty && libsystemd.fellShort(of: promised)
    return findings
  }
}

/// One DATA object, `NAME=value`.
struct JournalField {
  var name: UnsafeRawBufferPointer
  var value: UnsafeRawBufferPointer

  init(name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
    self.name = name
    self.value = value
  }

  /// - Returns: `nil` when there is no name, or one with bytes that no name has: the object is damaged.
  init?(_ data: UnsafeRawBufferPointer) {
    var length = 0
    while length < data.count, data[length] != UInt8(ascii: "=") {
      guard (0x21...0x7E).contains(data[length]) else { return nil }
      length += 1
    }
    guard length > 0, length < data.count else { return nil }
    name = UnsafeRawBufferPointer(rebasing: data[..<length])
    value = UnsafeRawBufferPointer(rebasing: data[(length + 1)...])
  }
}
