internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Counts the threads that wait for journald.
final class RunningSyncs: Sendable {
  /// Beyond it a client waits like for any other request.
  private static let limit = 8
  private let count = Mutex(0)

  var isEmpty: Bool { count.withLock { $0 == 0 } }

  /// - Returns: whether one more may run beside the others.
  func begin() -> Bool {
    count.withLock { count in
      guard count < Self.limit else { return false }
      count += 1
      return true
    }
  }

  func end() {
    count.withLock { $0 -= 1 }
  }

  /// Each of them is bounded by its own time limit.
  func waitUntilEmpty() {
    while !isEmpty { usleep(50_000) }
  }
}

/// Runs `body` on a thread of its own (pthreads(7)).
///
/// - Returns: whether there was room for one more.
func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  final class Work {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  let work = Unmanaged.passRetained(Work(body))
  var thread = pthread_t()
  let result = pthread_create(
    &thread, nil,
    { context in
      if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
      return nil
    }, work.toOpaque())
  guard result == 0 else {
    work.release()
    return false
  }
  pthread_detach(thread)
  return true
}
