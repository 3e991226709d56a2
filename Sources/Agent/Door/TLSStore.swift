internal import Capture
internal import Logging
internal import NIOSSL
internal import ServiceLifecycle
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The certificate and key in force. New connections get the newest; those that are open keep theirs.
final class TLSStore: Sendable {
  private struct State {
    var settings: AgentConfiguration.TLSSettings
    var context: NIOSSLContext
    /// What the files were when they were read.
    var stamps: [TLSFiles.Stamp]
  }

  private let state: Mutex<State>

  /// Reads the files. Blocking.
  ///
  /// - Throws: `ConfigurationErrors` that name the file, and what to do.
  init(_ settings: AgentConfiguration.TLSSettings) throws {
    state = Mutex(try Self.load(settings))
  }

  var context: NIOSSLContext { state.withLock { $0.context } }

  /// Reads the files again, by these settings from now on. Blocking.
  ///
  /// - Throws: `ConfigurationErrors`; what was in force stays so.
  func reload(_ settings: AgentConfiguration.TLSSettings) throws {
    let new = try Self.load(settings)
    state.withLock { $0 = new }
  }

  /// Reads the files again where one of them is another than it was. Blocking.
  ///
  /// - Returns: whether one was.
  /// - Throws: `ConfigurationErrors`; what was in force stays so.
  func reloadIfChanged() throws -> Bool {
    let (settings, stamps) = state.withLock { ($0.settings, $0.stamps) }
    let files = try TLSFiles(settings)
    guard files.stamps != stamps else { return false }
    do {
      try reload(settings)
    } catch {
      // Said once, not at each look: until they change again.
      state.withLock { $0.stamps = files.stamps }
      throw error
    }
    return true
  }

  private static func load(_ settings: AgentConfiguration.TLSSettings) throws -> State {
    let files = try TLSFiles(settings)
    return State(settings: settings, context: try files.context(settings), stamps: files.stamps)
  }
}

/// Looks at the certificate's files now and then: what renews them need not know of the agent.
struct TLSWatch: Service {
  /// How often.
  static let interval = Duration.seconds(10)

  let store: TLSStore
  let audit: Audit
  let logger: Logger

  func run() async throws {
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      await cancelWhenGracefulShutdown {
        // Cancelled when the agent stops.
        do { try await Task.sleep(for: Self.interval) } catch { return }
      }
      guard !Task.isShuttingDownGracefully else { return }
      await look()
    }
  }

  func look() async {
    let store = store
    do {
      guard try await DedicatedThread.run("exh-tls", { try store.reloadIfChanged() }) else { return }
      logger.notice("Took the new TLS certificate")
      await audit.settle("tls.reloaded", by: "agent", from: "local", subject: "listen.tls")
    } catch {
      logger.error("Kept the old TLS certificate", metadata: ["error": "\(error)"])
    }
  }
}
