package import Evidence

/// What happened to one package.
package enum PackageAction: String, Codable, Sendable, CaseIterable {
  case install, upgrade, downgrade, reinstall, remove, purge

  /// Whether the package is on the host afterwards.
  package var leavesInstalled: Bool { self != .remove && self != .purge }
}

/// The log that told of a transaction.
package enum PackageLogSource: String, Codable, Sendable {
  case apt, dpkg, dnf
}

/// One package that was installed, upgraded or removed.
package struct PackageTransaction: Codable, Sendable, Hashable {
  /// dpkg's second, where dpkg's log has it; else the start of the run.
  package var at: Timestamp
  package var action: PackageAction
  package var package: String
  package var architecture: String?
  package var oldVersion: String?
  package var newVersion: String?
  /// Whether it came as a dependency.
  package var automatic: Bool
  /// The run of apt or dnf that it was part of; `nil` for dpkg alone.
  package var run: AptRun?
  package var source: PackageLogSource

  package init(
    at: Timestamp, action: PackageAction, package: String, architecture: String? = nil,
    oldVersion: String? = nil, newVersion: String? = nil, automatic: Bool = false, run: AptRun? = nil,
    source: PackageLogSource
  ) {
    self.at = at
    self.action = action
    self.package = package
    self.architecture = architecture
    self.oldVersion = oldVersion
    self.newVersion = newVersion
    self.automatic = automatic
    self.run = run
    self.source = source
  }

  enum CodingKeys: String, CodingKey {
    case at, action, package, architecture, automatic, run, source
    case oldVersion = "old_version"
    case newVersion = "new_version"
  }
}

/// One run of apt, a stanza of its history, or one transaction of dnf.
package struct AptRun: Codable, Sendable, Hashable {
  package var startedAt: Timestamp
  /// `nil` while it runs, or where it died.
  package var endedAt: Timestamp?
  package var commandLine: String?
  /// `alice (1000)`: who called apt through sudo or polkit; `uid 1000`: the login of dnf's caller.
  package var requestedBy: String?
  /// What went wrong.
  package var error: String?

  package init(
    startedAt: Timestamp, endedAt: Timestamp? = nil, commandLine: String? = nil,
    requestedBy: String? = nil, error: String? = nil
  ) {
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.commandLine = commandLine
    self.requestedBy = requestedBy
    self.error = error
  }

  enum CodingKeys: String, CodingKey {
    case error
    case startedAt = "started_at"
    case endedAt = "ended_at"
    case commandLine = "command_line"
    case requestedBy = "requested_by"
  }
}

/// What one package log says, and what in it could not be understood.
package struct PackageLog: Sendable, Hashable {
  package var transactions: [PackageTransaction] = []
  /// The first `maximumProblems` lines that are not of the log's form.
  package var problems: [Problem] = []
  /// All of them.
  package var problemCount = 0

  package static let maximumProblems = 20

  package init() {}

  package struct Problem: Sendable, Hashable, CustomStringConvertible {
    /// Counted from 1.
    package var line: Int
    package var reason: String

    package var description: String { "line \(line): \(reason)" }
  }

  mutating func report(line: Int, _ reason: String) {
    problemCount += 1
    if problems.count < Self.maximumProblems { problems.append(Problem(line: line, reason: reason)) }
  }
}
