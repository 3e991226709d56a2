internal import Evidence

/// Puts what is missing of the journal into words.
struct JournalGapReport {
  let artifact: String
  let window: TimeWindow
  let inventory: JournalInventory
  private(set) var gaps: [Gap] = []

  /// So many files are named one by one; the rest is counted.
  private static let detailLimit = 32

  init(artifact: String, window: TimeWindow, inventory: JournalInventory) {
    self.artifact = artifact
    self.window = window
    self.inventory = inventory
  }

  mutating func add(_ cause: GapCause, from: Timestamp? = nil, to: Timestamp? = nil, _ detail: String) {
    gaps.append(Gap(artifact: artifact, from: from, to: to, cause: cause, detail: detail))
  }

  /// Folders and files that cannot be read, and a host without any journal.
  mutating func addObstacles() {
    let forbidden = inventory.obstacles.filter { $0.kind == .permission }
    if !forbidden.isEmpty {
      add(
        .permission,
        "no permission to read \(joined(forbidden.map(\.path))); run as root or in the group systemd-journal")
    }
    let broken = inventory.obstacles.filter { $0.kind != .permission }
    for obstacle in broken.prefix(Self.detailLimit) {
      switch obstacle.kind {
      case .permission: break
      case .corrupt(let reason): add(.journalCorrupt, "\(obstacle.path) was not read: \(reason)")
      case .unreadable(let error): add(.sourceError, "\(obstacle.path) was not read: \(errorText(error))")
      }
    }
    if broken.count > Self.detailLimit {
      add(.journalCorrupt, "\(broken.count - Self.detailLimit) more files were not read")
    }
    if inventory.files.isEmpty && inventory.obstacles.isEmpty {
      add(.sourceError, noJournal)
    }
  }

  private var noJournal: String {
    let searched = inventory.searched.joined(separator: ", ")
    return inventory.folders.isEmpty
      ? "there is no journal on this host: none of \(searched) exists; is systemd-journald running?"
      : "there is no journal file in \(searched); is systemd-journald running, with Storage= other than none?"
  }

  /// The window begins before the journal does.
  mutating func addMissingHistory() {
    guard let oldest = oldestFile else {
      if !inventory.files.isEmpty { add(.sourceError, "the journal files hold no entry at all") }
      return
    }
    let start = Timestamp(microseconds: oldest.headRealtime)
    guard start > window.from else { return }
    let volatile =
      inventory.isVolatile
      ? " The journal is kept in memory only (/run/log/journal) and lost with each reboot; "
        + "Storage=persistent in journald.conf keeps it."
      : ""
    if oldest.headSequenceNumber <= 1 {
      add(
        .historyStart, from: window.from, to: min(start, window.to),
        "the journal begins at \(start.rfc3339Seconds) with its very first entry: nothing older was rotated "
          + "away, and whether the host was up before that cannot be known from it." + volatile)
    } else {
      add(
        .journalRotated, from: window.from, to: min(start, window.to),
        "the oldest entry that journald still has is of \(start.rfc3339Seconds): older ones were rotated "
          + "away; raise SystemMaxUse= (or RuntimeMaxUse=) in journald.conf." + volatile)
    }
  }

  /// The system's own files decide, where there are such: a user's file begins when the user logs in.
  private var oldestFile: JournalFileHeader? {
    let filled = inventory.files.filter { $0.header.entries > 0 && $0.header.headRealtime > 0 }
    let system = filled.filter { $0.path.split(separator: "/").last?.hasPrefix("system") == true }
    return (system.isEmpty ? filled : system).map(\.header).min { $0.headRealtime < $1.headRealtime }
  }

  /// Files that journald found open when it started: the host or journald had stopped hard, and what was not synced
  /// by then is lost. journald renames them so (journald.conf(5), `SyncIntervalSec=`).
  mutating func addUncleanStops() {
    let filled = inventory.files.filter { $0.header.entries > 0 && $0.header.tailRealtime > 0 }
    let unclean = filled.filter { $0.path.hasSuffix(".journal~") && isEndInReach($0.header) }
    for file in unclean.prefix(Self.detailLimit) {
      let end = Timestamp(microseconds: file.header.tailRealtime)
      let next = filled.map(\.header.headRealtime).filter { $0 > file.header.tailRealtime }.min()
      let to = min(max(next.map(Timestamp.init(microseconds:)) ?? end, end), window.to)
      add(
        .journalCorrupt, from: max(min(end, to), window.from), to: max(to, window.from),
        "\(file.path) was not closed cleanly: the host or journald stopped hard after \(end.rfc3339Seconds), and what "
          + "was logged in the minutes before and not yet synced may be missing (SyncIntervalSec= in journald.conf)"
      )
    }
    if unclean.count > Self.detailLimit {
      add(.journalCorrupt, "\(unclean.count - Self.detailLimit) more files were not closed cleanly")
    }
  }

  /// Whether what may be missing behind the end of a file can lie in the window.
  private func isEndInReach(_ header: JournalFileHeader) -> Bool {
    let end = Timestamp(microseconds: header.tailRealtime)
    return end < window.to && end.microseconds + Self.syncMicroseconds >= window.from.microseconds
  }

  /// The default of `SyncIntervalSec=`: five minutes.
  private static let syncMicroseconds: Int64 = 300_000_000

  /// Sequence numbers that no file has any more, between two that there are: journald deletes whole files, and a
  /// user's files are deleted apart from the system's.
  mutating func addHoles() {
    let filled = inventory.files.filter { $0.header.entries > 0 && $0.header.headSequenceNumber > 0 }
    for (_, files) in Dictionary(grouping: filled, by: \.header.sequenceID) {
      var last: JournalFileHeader?
      for header in files.map(\.header).sorted(by: { $0.headSequenceNumber < $1.headSequenceNumber }) {
        if let last { addHole(between: last, and: header) }
        if header.tailSequenceNumber > last?.tailSequenceNumber ?? 0 { last = header }
      }
    }
  }

  private mutating func addHole(between last: JournalFileHeader, and next: JournalFileHeader) {
    guard next.headSequenceNumber > last.tailSequenceNumber,
      next.headSequenceNumber - last.tailSequenceNumber > 1
    else { return }
    let from = Timestamp(microseconds: last.tailRealtime)
    let to = Timestamp(microseconds: next.headRealtime)
    guard from < window.to, to > window.from else { return }
    add(
      .journalRotated, from: max(from, window.from), to: min(to, window.to),
      "\(next.headSequenceNumber - last.tailSequenceNumber - 1) entries between \(from.rfc3339Seconds) and "
        + "\(to.rfc3339Seconds) are gone: a journal file from the middle of the history was deleted, or a file that "
        + "may not be read holds them")
  }

  /// A file of which not all could be read natively.
  mutating func add(_ found: (file: NativeFile, damage: FileDamage)) {
    let (file, damage) = found
    var words: [String] = []
    if damage.isTruncated { words.append("it is shorter than its header says") }
    if let offset = damage.brokenListAt {
      words.append("its list of entries is broken at offset \(offset); entries behind it were searched for")
    }
    if let offset = damage.brokenIndexAt {
      words.append("its index of fields is broken at offset \(offset); all entries were looked through")
    }
    if damage.lostEntries > 0, let first = damage.firstLost, let last = damage.lastLost {
      words.append(
        "\(damage.lostEntries) entries between offsets \(first) and \(last), after sequence number "
          + "\(damage.firstLostAfter), are none")
    }
    if damage.unlisted > 0 { words.append("\(damage.unlisted) entries were found that no list leads to") }
    add(
      .journalCorrupt, from: Timestamp(microseconds: file.headRealtime),
      to: Timestamp(microseconds: file.tailRealtime),
      "\(file.path) is damaged: \(words.joined(separator: "; ")); \(damage.visited) of its \(file.entries) entries "
        + "were read")
  }

  /// Files that journald deleted before or while they were read: it punches holes into them, which reads as damage.
  mutating func addVacuumed(_ files: [JournalFile], remaining: Set<FileIdentity>) {
    for file in files.filter({ !remaining.contains($0.identity) }).prefix(Self.detailLimit) {
      add(
        .journalRotated, from: Timestamp(microseconds: file.header.headRealtime),
        to: Timestamp(microseconds: file.header.tailRealtime),
        "\(file.path) was deleted before it was read to its end: entries of it may be missing")
    }
  }

  /// Files of which libsystemd gives fewer entries than their header promises, which it does silently.
  mutating func addShortfalls(_ files: [JournalFile]) {
    for file in files {
      do throws(JournalError) {
        let count = try SystemdJournal.count(file.readPath)
        guard count < file.header.entries else { continue }
        add(
          .journalCorrupt, from: Timestamp(microseconds: file.header.headRealtime),
          to: Timestamp(microseconds: file.header.tailRealtime),
          "\(file.path) is damaged: only \(count) of its \(file.header.entries) entries can be read")
      } catch {
        add(.journalCorrupt, "\(file.path) could not be read again: \(error)")
      }
    }
  }

  private func joined(_ paths: [String]) -> String {
    let rest = paths.count - Self.detailLimit
    return paths.prefix(Self.detailLimit).joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
  }
}
