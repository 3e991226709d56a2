internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#endif

/// Threads for work that blocks: libsystemd, compression, fsync, directory walks. The cooperative pool has one
/// thread a core; one blocked C call there would hold up the intake of signals.
package enum DedicatedThread {
  /// Bytes of stack, enough for the deepest walk.
  private static let stackSize = 1 << 20
  /// Evidence gives way to the host's own work (nice(1)).
  private static let niceness: Int32 = 10

  /// Starts a thread that runs `body` once.
  package static func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
    let thread = Thread {
      // On Linux the calling thread alone is meant by 0. Refused by a seccomp filter it changes nothing but
      // the pace: the unit's own Nice= holds then.
      _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
      body()
    }
    thread.name = String(name.prefix(15))
    thread.stackSize = stackSize
    thread.start()
  }

  /// Runs `body` on a thread of its own and gives back what it returned or threw.
  package static func run<Value: Sendable>(
    _ name: String, _ body: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      start(name) { continuation.resume(with: Result(catching: body)) }
    }
  }
}
