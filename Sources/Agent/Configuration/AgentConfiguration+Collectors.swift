package import Bundle
package import Capture
package import ConfigHistory
package import Evidence
package import Journal

extension AgentConfiguration {
  /// What every capture has in common.
  package struct CaptureSettings: Equatable, Sendable {
    /// How far back evidence goes before the incident was opened.
    package var window = Duration.minutes(60)
    /// After which changes of an incident there is a capture.
    package var moments: [Incident.Change] = [.opened, .resolved]
    /// Time between captures of one incident that are made because of updates.
    package var updateInterval = Duration.minutes(5)
    /// Captures of one incident that are made because of updates.
    package var updateLimit = 10
    /// Captures that may wait; further signals wait in their sender's retry.
    package var queueLimit = 64
    /// Attempts that may fail before a capture is kept as failed.
    package var attempts = 3
    /// How long a stop waits for running captures before it leaves them to the next start.
    package var shutdownDeadline = Duration.seconds(20)

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.duration("window", into: &window, in: .seconds(1) ... .days(7))
      moments = section.list("at", of: "changes", allowEmpty: false, oneOf(Incident.Change.self)) ?? moments
      section.duration("update_interval", into: &updateInterval, in: .seconds(10) ... .days(1))
      section.integer("update_limit", into: &updateLimit, in: 0...1000)
      section.integer("queue_limit", into: &queueLimit, in: 1...100_000)
      section.integer("attempts", into: &attempts, in: 1...20)
      section.duration("shutdown_deadline", into: &shutdownDeadline, in: .seconds(1) ... .minutes(10))
    }
  }

  /// The journald collector.
  package struct JournalSettings: Equatable, Sendable {
    /// Whether captures have this part; switched off it is no gap.
    package var enabled = true
    /// Full unit names; empty is all units.
    package var units: [String] = []
    /// Priorities as `journalctl --priority=` has them; empty is all.
    package var priority = ""
    /// Which boots are read.
    package var boots = JournalBoots.all
    /// The most entries of one unit, the newest ones; 0 is all.
    package var maxEntriesPerUnit = 0
    /// Which fields a line has.
    package var fields = JournalFields.contexts
    /// Who reads the journal files.
    package var reader = JournalReaderChoice.automatic
    /// Threads that render and compress; 0 is one a core, at most four.
    package var threads = 0
    /// Bytes of memory for rendered fields.
    package var cache = 16 << 20
    /// A folder of journal files; empty is the host's own journal.
    package var directory = ""
    /// How long the collector may take in one capture.
    package var timeout = Duration.seconds(60)
    /// Bytes after redaction, before compression.
    package var maxBytes = 2 << 30
    /// What is done to the journal when a signal comes.
    package var freeze = FreezeSettings()

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.bool("enabled", into: &enabled)
      units = section.list("units", of: "unit names", checkUnitName) ?? units
      section.value("priority", into: &priority, checkPriority)
      section.choice("boots", into: &boots)
      section.integer("max_entries_per_unit", into: &maxEntriesPerUnit, in: 0...1_000_000_000)
      section.choice("fields", into: &fields)
      section.choice("reader", into: &reader)
      section.integer("threads", into: &threads, in: 0...64)
      section.size("cache", into: &cache, in: .mebibytes(1) ... .gibibytes(1))
      section.absolutePath("directory", into: &directory, allowEmpty: true)
      section.duration("timeout", into: &timeout, in: .seconds(1) ... .hours(1))
      section.size("max_bytes", into: &maxBytes, in: .mebibytes(1) ... .gibibytes(1024))
      section.section("freeze") { freeze.read($0) }
    }
  }

  /// How the journal is kept as it is at the signal until a capture has read it.
  package struct FreezeSettings: Equatable, Sendable {
    /// Whether it is kept at all; switched off, captures read what journald still has.
    package var enabled = true
    /// How long journald may take to write down what it has received.
    package var syncTimeout = Duration.seconds(2)
    /// Bytes on disk of the journal files that are pinned for all captures together.
    package var maxPinned = 4 << 30
    /// Bytes of copies for all captures together, where files cannot be linked.
    package var maxCopy = 512 << 20
    /// How long a capture that waits keeps its files.
    package var hold = Duration.hours(1)

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.bool("enabled", into: &enabled)
      section.duration("sync_timeout", into: &syncTimeout, in: .seconds(1) ... .seconds(30))
      section.size("max_pinned", into: &maxPinned, in: 0 ... .gibibytes(1024))
      section.size("max_copy", into: &maxCopy, in: 0 ... .gibibytes(1024))
      section.duration("hold", into: &hold, in: .minutes(1) ... .days(1))
    }
  }

  /// The history of configuration files, and its share of a bundle.
  package struct ConfigHistorySettings: Equatable, Sendable {
    /// Whether captures have this part; switched off it is no gap.
    package var enabled = true
    /// Absolute paths, or glob patterns, of folders or files; folders with all that is below them.
    package var paths = ConfigHistorySettings.configuration
    /// Absolute glob patterns of what is left out: `*` within a name, `**` any number of folders.
    package var exclude = ConfigHistorySettings.churn
    /// Absolute glob patterns of files of which only a keyed hash and the metadata are kept.
    package var secretPaths = ConfigHistorySettings.secrets
    /// How changes are noticed.
    package var watch = WatchPreference.automatic
    /// How often everything is looked at where the kernel's events do not tell of changes.
    package var scanInterval = Duration.seconds(60)
    /// How often everything is looked at although they do.
    package var rescanInterval = Duration.hours(1)
    /// Changed paths that may wait to be looked at; beyond it everything is.
    package var maxPending = 10_000
    /// How long the collector may take in one capture.
    package var timeout = Duration.seconds(20)
    /// Bytes; of a larger file only hash and metadata are kept.
    package var maxFile = 1 << 20
    /// Files in all of `paths`; more are a named gap.
    package var maxFiles = 100_000
    /// Bytes of diff and current files in one bundle, after redaction, before compression.
    package var maxBytes = 256 << 20
    /// How long versions of files are kept.
    package var retention = Duration.days(30)
    /// Bytes of stored content, all versions together.
    package var maxStore = 512 << 20

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.bool("enabled", into: &enabled)
      paths = section.list("paths", of: "paths", allowEmpty: false, checkAbsolutePath) ?? paths
      exclude = section.list("exclude", of: "paths", checkAbsolutePath) ?? exclude
      secretPaths = section.list("secret_paths", of: "paths", checkAbsolutePath) ?? secretPaths
      section.choice("watch", into: &watch)
      section.duration("scan_interval", into: &scanInterval, in: .seconds(5) ... .days(1))
      section.duration("rescan_interval", into: &rescanInterval, in: .minutes(1) ... .days(7))
      section.integer("max_pending", into: &maxPending, in: 100...1_000_000)
      section.duration("timeout", into: &timeout, in: .seconds(1) ... .hours(1))
      section.size("max_file", into: &maxFile, in: .kibibytes(1) ... .mebibytes(64))
      section.integer("max_files", into: &maxFiles, in: 1...10_000_000)
      section.size("max_bytes", into: &maxBytes, in: .mebibytes(1) ... .gibibytes(1024))
      section.duration("retention", into: &retention, in: .hours(1) ... .days(3650))
      section.size("max_store", into: &maxStore, in: .mebibytes(1) ... .gibibytes(1024))
    }
  }

  /// The package manager's logs.
  package struct PackageSettings: Equatable, Sendable {
    /// Whether captures have this part; switched off it is no gap.
    package var enabled = true
    /// Absolute path of APT's log of transactions.
    package var aptHistory = "/var/log/apt/history.log"
    /// Absolute path of dpkg's log.
    package var dpkgLog = "/var/log/dpkg.log"
    /// Absolute paths of the databases of dnf 4 and dnf 5; those that are not there are passed over.
    package var dnfHistory = [
      "/var/lib/dnf/history.sqlite", "/usr/lib/sysimage/libdnf5/transaction_history.sqlite",
    ]
    /// How long the collector may take in one capture.
    package var timeout = Duration.seconds(10)
    /// Bytes after redaction, before compression.
    package var maxBytes = 64 << 20

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.bool("enabled", into: &enabled)
      section.absolutePath("apt_history", into: &aptHistory)
      section.absolutePath("dpkg_log", into: &dpkgLog)
      dnfHistory = section.list("dnf_history", of: "paths", checkAbsolutePath) ?? dnfHistory
      section.duration("timeout", into: &timeout, in: .seconds(1) ... .hours(1))
      section.size("max_bytes", into: &maxBytes, in: .mebibytes(1) ... .gibibytes(1024))
    }
  }

  /// Finished bundles and the room that they may take.
  package struct BundleSettings: Equatable, Sendable {
    /// How hard bundles are compressed, and whether they are `.tar.gz` or `.tar.zst`.
    package var compression = Compression.default
    /// How long bundles are kept.
    package var retention = Duration.days(30)
    /// Other times for incidents of some severities; the first that matches decides.
    package var severities: [SeverityRetention] = []
    /// Bytes of all bundles together.
    package var maxBytes = 5 << 30
    /// Number of all bundles together.
    package var maxCount = 10_000
    /// Bytes that stay free in the state directory's file system.
    package var diskFloor = 512 << 20
    /// Bytes set aside there, and given back when the disk is full; 0 for none.
    package var reserve = 256 << 20

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.choice("compression", into: &compression)
      section.duration("retention", into: &retention, in: .hours(1) ... .days(3650))
      severities = section.sections("severities", of: "severities", SeverityRetention.init) ?? severities
      section.size("max_bytes", into: &maxBytes, in: .mebibytes(16) ... .gibibytes(1024))
      section.integer("max_count", into: &maxCount, in: 1...1_000_000)
      section.size("reserve", into: &reserve, in: 0 ... .gibibytes(1024))
      section.size("disk_floor", into: &diskFloor, in: .mebibytes(16) ... .gibibytes(1024))
    }
  }
}
