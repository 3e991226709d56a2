internal import Capture
internal import Deploys
internal import Foundation
internal import Logging
internal import Redaction
internal import ServiceLifecycle
internal import Storage

/// Takes deploys from a folder, for pipelines that can only write files.
///
/// A writer writes `NAME.json.tmp` and renames it to `NAME.json`; that is taken whole, recorded, and removed. What
/// cannot be recorded for what it is goes to `rejected/`, with the reason beside it; what cannot be recorded for lack
/// of room stays. A file is told by name, inode and time, so that one that was recorded just before the agent died is
/// not recorded again.
struct DropFolder: Service {
  /// How often the folder's time is looked at: one stat(2), and nothing more while it stays.
  private static let interval = Duration.seconds(2)
  /// How often the settings are looked at while they name no folder.
  private static let idleInterval = Duration.seconds(30)

  let intake: DeployIntake
  let settings: CurrentSettings
  let metrics: AgentMetrics
  let audit: Audit
  let logger: Logger

  func run() async throws {
    var watch = FolderWatch()
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      let path = settings.value.configuration.deploys.dropFolder
      if !path.isEmpty { await look(DropFolderFiles(path: path), &watch) }
      await cancelWhenGracefulShutdown {
        // Cancelled when the agent stops.
        do { try await Task.sleep(for: path.isEmpty ? Self.idleInterval : Self.interval) } catch { return }
      }
    }
  }

  private func look(_ files: DropFolderFiles, _ watch: inout FolderWatch) async {
    do {
      var current = watch
      let hasChanged = try await DedicatedThread.run("exh-drop") { [current] in
        var current = current
        return (try current.hasChanged(files.path), current)
      }
      current = hasChanged.1
      guard hasChanged.0 else { return }
      let isDone = try await takeAll(files)
      if !isDone { current.forget() }
      current.failure = nil
      watch = current
    } catch {
      let text = "\(error)"
      if watch.failure != text {
        logger.warning("Could not look into the drop folder; trying again", metadata: ["error": "\(text)"])
      }
      watch.forget()
      watch.failure = text
    }
  }

  /// Takes what is there.
  ///
  /// - Returns: whether nothing is left.
  /// - Throws: `DropFolderError` when the folder cannot be used.
  func takeAll(_ files: DropFolderFiles) async throws -> Bool {
    let names = try await DedicatedThread.run("exh-drop") { try files.names() }
    for name in names {
      guard !Task.isShuttingDownGracefully else { return false }
      guard try await take(name, from: files) else { return false }
    }
    return names.count < DropFolderFiles.batchLimit
  }

  /// - Returns: whether the file is gone.
  private func take(_ name: String, from files: DropFolderFiles) async throws -> Bool {
    let limit = settings.value.configuration.signals.maxBody
    do {
      let file = try await DedicatedThread.run("exh-drop") { try files.read(name, limit: limit) }
      guard let file else { return true }
      let recorded = try await intake.record(
        DeployIntake.Delivery(
          source: file.source, sender: "drop-folder", body: file.bytes, headers: [:],
          deliveryID: file.identity))
      try await DedicatedThread.run("exh-drop") { try files.remove(name) }
      for deploy in recorded {
        audit.record("deploy.recorded", by: "drop-folder", from: "local", subject: deploy.deployID)
      }
      return true
    } catch let error as DropFileRefusal {
      return try await setAside(name, "\(error)", in: files)
    } catch let error as DeployError {
      return try await setAside(name, "\(error)", in: files)
    } catch let error as StorageError {
      logger.warning(
        "Could not record a deploy of the drop folder; trying again", metadata: ["error": "\(error)"])
      return false
    }
  }

  private func setAside(_ name: String, _ reason: String, in files: DropFolderFiles) async throws -> Bool {
    try await DedicatedThread.run("exh-drop") { try files.setAside(name, reason: reason) }
    metrics.count("exhibit_drop_files_rejected_total")
    logger.warning(
      "Set a file of the drop folder aside",
      metadata: [
        "drop.file": "\(intake.settings.value.redactor.redact(name).text)", "drop.reason": "\(reason)",
      ])
    return true
  }
}

/// Whether a folder changed since it was looked at.
private struct FolderWatch: Sendable {
  /// A change this near to the look, in seconds, may have another after it with the same time.
  private static let resolution = 2

  private var path = ""
  private var seen: DropFolderFiles.Times?
  /// What was logged last.
  var failure: String?

  mutating func hasChanged(_ path: String) throws -> Bool {
    let times = try DropFolderFiles(path: path).times()
    guard self.path != path || seen != times else { return false }
    self.path = path
    let age = Int(Date().timeIntervalSince1970) - times.modifiedSeconds
    seen = age > Self.resolution ? times : nil
    return true
  }

  mutating func forget() {
    seen = nil
  }
}
