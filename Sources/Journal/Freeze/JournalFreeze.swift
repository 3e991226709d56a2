package import Evidence

/// The journal as it was when a signal came: which files there were, how far each was written, and where they can
/// still be read after journald has rotated and deleted them.
package struct JournalFreeze: Sendable, Equatable {
  /// The capture that it is for.
  package var captureID: String
  /// Where the window begins.
  package var from: Timestamp
  /// When journald had written down what it had received, or was no longer waited for: entries of before are in the
  /// files, and the window ends here.
  package var takenAt: Timestamp
  /// One for each namespace.
  package var syncs: [JournalSync]
  package var files: [FrozenFile]
  /// What kept files from being pinned, in words for an operator.
  package var notes: [String]

  package init(
    captureID: String, from: Timestamp, takenAt: Timestamp, syncs: [JournalSync], files: [FrozenFile],
    notes: [String] = []
  ) {
    self.captureID = captureID
    self.from = from
    self.takenAt = takenAt
    self.syncs = syncs
    self.files = files
    self.notes = notes
  }

  var window: TimeWindow { TimeWindow(from: min(from, takenAt), to: takenAt) }

  /// Adds a note, once.
  mutating func note(_ text: String) {
    if !notes.contains(text) { notes.append(text) }
  }

  /// The worst that came of the syncs: what `evidence.json` says of them.
  package var sync: JournalSync.Outcome {
    let outcomes = syncs.map(\.outcome)
    return [.timeout, .refused, .done].first(where: outcomes.contains) ?? .absent
  }

  /// Seconds that the slowest sync took.
  package var syncSeconds: Double { syncs.map(\.seconds).max() ?? 0 }

  /// Files by the way in which they were pinned.
  package func count(_ method: FreezeMethod) -> Int { files.count { $0.method == method } }

  /// Bytes on disk of the pinned files.
  package var pinnedBytes: Int {
    files.reduce(0) { $1.method == .none ? $0 : $0 + $1.bytes }
  }

  /// What `evidence.json` says of it.
  package var summary: JournalFreezeSummary {
    JournalFreezeSummary(
      takenAt: takenAt, sync: sync.rawValue, syncSeconds: syncSeconds, linked: count(.link),
      reflinked: count(.reflink), copied: count(.copy), unpinned: count(.none),
      notes: notes + syncs.compactMap(\.note) + refusals)
  }

  /// Why files are not pinned, each reason once, with the number of files.
  private var refusals: [String] {
    let reasons = files.filter { $0.method == .none }.map { $0.refusal ?? "unknown" }
    return Dictionary(grouping: reasons, by: \.self).sorted { $0.key < $1.key }.prefix(8).map {
      "\($0.value.count) files are read where journald may delete them: \($0.key)"
    }
  }
}

/// How a journal file is kept from journald's vacuum, best first.
package enum FreezeMethod: String, Sendable, CaseIterable {
  /// A hard link: the same inode, which journald then leaves whole.
  case link
  /// A copy that shares its blocks (`FICLONE`, ioctl_ficlone(2)).
  case reflink
  case copy
  /// Not at all: it is read where it is.
  case none
}

/// A journal file and how far it was written.
package struct FrozenFile: Sendable, Equatable {
  /// Where journald had it.
  package var path: String
  /// What is to be read: the link, the copy, or `path`.
  package var readPath: String
  package var method: FreezeMethod
  package var device: UInt64
  package var inode: UInt64
  /// Bytes that it takes on disk.
  package var bytes: Int
  /// The first bytes of the file as they were then; empty where they could not be read.
  package var header: [UInt8]
  /// Why the method is no better one.
  package var refusal: String?

  var identity: FileIdentity { FileIdentity(device: device, inode: inode) }

  /// With the header as it is now: journald may have gone on writing before it deleted the file.
  var refreshed: FrozenFile {
    guard method == .link, let file = PinnableFile(readPath), file.parsedHeader != nil else { return self }
    var copy = self
    copy.header = file.header
    return copy
  }

  var parsedHeader: JournalFileHeader? { header.withUnsafeBytes { JournalFileHeader($0) } }
}

/// What came of asking one journald to write down all that it has received.
package struct JournalSync: Sendable, Equatable {
  package enum Outcome: String, Sendable, CaseIterable {
    case done
    /// journald did not answer in time: its latest entries may be missing.
    case timeout
    /// journald answers root only, and there was no helper.
    case refused
    /// There is no such socket: journald does not run.
    case absent
  }

  /// Empty for the main journal.
  package var namespace: String
  package var outcome: Outcome
  package var seconds: Double
  package var detail: String?

  package init(namespace: String, outcome: Outcome, seconds: Double, detail: String? = nil) {
    self.namespace = namespace
    self.outcome = outcome
    self.seconds = seconds
    self.detail = detail
  }

  var note: String? {
    guard outcome == .timeout || outcome == .refused else { return nil }
    let name = namespace.isEmpty ? "journald" : "journald of the namespace \(namespace)"
    return
      "\(name) was not synced (\(outcome.rawValue)\(detail.map { ": \($0)" } ?? "")): what it had received "
      + "but not yet written may be missing"
  }
}
