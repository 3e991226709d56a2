import Bundle
import Capture
import ConfigHistory
import Evidence
import Foundation
import Hummingbird
import HummingbirdTesting
import Logging
import Redaction
import Storage
import Testing

@testable import Agent

/// An API over a real state folder, without the services behind it.
final class APIBench: Sendable {
  static let signalToken = "signal-" + String(UInt64.random(in: .min ... .max)) + "-0123456789"
  static let readToken = "reader-" + String(UInt64.random(in: .min ... .max)) + "-0123456789"

  let root: String
  let folder: StateFolder
  let database: StateDatabase
  let api: API
  let settings: CurrentSettings
  let metrics = AgentMetrics()
  let freezes: JournalFreezes
  let worker: CaptureWorker
  let retention: Retention
  let reserve: DiskReserve
  let lines = CapturedLog()
  let audit: Audit

  /// `change` gets the configuration and the bench's own folder.
  init(
    queueLimit: Int = 64, maxBody: Int = 1 << 20,
    _ change: (inout AgentConfiguration, String) -> Void = { _, _ in }
  ) throws {
    root = NSTemporaryDirectory() + "exhibit-api-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    folder = try StateFolder(path: root + "/state")
    database = try StateDatabase(path: folder.database)
    settings = CurrentSettings(try Self.settings(root, folder, database, queueLimit, maxBody, change))
    let lines = lines
    let logger = Logger(label: "test") { _ in CapturedLogHandler(log: lines) }
    audit = Audit(
      log: try AuditLog(path: folder.audit, bounds: settings.value.configuration.audit.bounds),
      settings: settings, metrics: metrics, logger: logger)
    let progress = CaptureProgress()
    reserve = DiskReserve(
      path: folder.reserve, bundles: folder.bundles, metrics: metrics, logger: logger)
    retention = Retention(
      database: database, bundles: folder.bundles, settings: settings, reserve: reserve, logger: logger)
    freezes = JournalFreezes(
      database: database, folder: folder.freezes, settings: settings, metrics: metrics, logger: logger)
    worker = try CaptureWorker.forTests(
      folder, database, settings, retention: retention, freezes: freezes, progress: progress,
      metrics: metrics, logger: logger)
    api = API(
      database: database, bundles: folder.bundles,
      intake: SignalIntake(
        database: database, settings: settings, worker: worker, freezes: freezes, metrics: metrics),
      deploys: DeployIntake(database: database, settings: settings, metrics: metrics), settings: settings,
      progress: progress, metrics: metrics, audit: audit,
      tokens: try TokenStore(database: database, logger: logger))
  }

  deinit {
    do {
      try FileManager.default.removeItem(atPath: root)
    } catch {
      print("could not remove \(root): \(error)")
    }
  }

  private static func settings(
    _ root: String, _ folder: StateFolder, _ database: StateDatabase, _ queueLimit: Int, _ maxBody: Int,
    _ change: (inout AgentConfiguration, String) -> Void
  ) throws -> AgentSettings {
    var configuration = AgentConfiguration()
    configuration.capture.queueLimit = queueLimit
    configuration.signals.maxBody = maxBody
    configuration.redaction.rulesDirectory = root + "/redaction.d"
    for (name, role, secret) in [("am", TokenRole.signal, signalToken), ("sre", .read, readToken)] {
      let file = root + "/\(name).token"
      try Data(secret.utf8).write(to: URL(filePath: file))
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file)
      configuration.tokens.append(.init(name: name, roles: [role], file: file))
    }
    change(&configuration, root)
    let key = try folder.redactionKey()
    let history = try ChangeHistory(databasePath: folder.configHistory, key: key.derived(for: "test"))
    let observed = ObservedChanges(
      database: database, metrics: AgentMetrics(), logger: Logger(label: "test"))
    return try SettingsFactory(
      path: "", redactionKey: key, database: database, history: history, observed: observed
    )
    .make(configuration)
  }

  /// Runs `body` against the routes of a door.
  func run(
    _ door: Door = .network, _ body: @Sendable (any TestClientProtocol) async throws -> Void
  ) async throws {
    let application = Application(router: api.router(door: door))
    try await application.test(.router) { try await body($0) }
  }

  /// One that captures without freezing the journal of this machine.
  static func capturing() throws -> APIBench {
    try APIBench { configuration, _ in configuration.journal.freeze.enabled = false }
  }

  /// The latest capture of an incident, made for real: its bundle holds what every bundle does.
  func captured(_ incident: String) async throws -> CaptureRow {
    let acceptance = try await api.intake.acceptManual(
      incident: incident, title: "checkout", severity: nil, body: [])
    let id = try #require(acceptance.captureID)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [worker] in try await worker.run() }
      defer { group.cancelAll() }
      while true {
        let row = try #require(try await database.capture(id))
        if row.state.isFinal { return row }
        try await Task.sleep(for: .milliseconds(10))
      }
    }
  }

  /// A finished bundle of these bytes.
  func addBundle(
    _ bytes: [UInt8], incident: String = "INC-1", fileExtension: String = "tar.gz"
  ) async throws -> CaptureRow {
    let signal = Signal(
      source: "generic", incidentKey: incident, incidentID: incident, phase: .opened, title: "t",
      receivedAt: .now())
    _ = try await database.accept(
      signal, body: api.settings.value.redactor.redact("{}"), headers: [:], queueLimit: 64)
    guard let row = try await database.claimCapture(at: .now()) else { throw CancellationError() }
    let name = "\(incident)--web--001-opened.\(fileExtension)"
    try Data(bytes).write(to: URL(filePath: folder.bundles.file(named: name)))
    try await database.finish(
      row.id,
      with: CaptureResult(
        bundleName: name, bytes: bytes.count, sha256: String(repeating: "ab", count: 32), completeness: 1,
        gaps: 0,
        redactions: 0), at: .now())
    return row
  }
}

extension CaptureWorker {
  static func forTests(
    _ folder: StateFolder, _ database: StateDatabase, _ settings: CurrentSettings, retention: Retention,
    freezes: JournalFreezes, progress: CaptureProgress, metrics: AgentMetrics, logger: Logger
  ) throws -> CaptureWorker {
    let host = HostFacts(hostname: "web")
    return CaptureWorker(
      database: database, bundles: folder.bundles,
      environment: .init(
        collectors: [], redactor: settings.value.redactor, sealingKey: try folder.sealingKey(host: "web"),
        host: host, bundleFolder: folder.bundles.path, workFolder: folder.work, compression: .fast,
        stuck: .init(), clock: { .now() }, logger: logger),
      settings: settings, retention: retention, freezes: freezes, progress: progress, metrics: metrics,
      logger: logger)
  }
}
