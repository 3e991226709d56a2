internal import Synchronization

/// A value that several threads use, one at a time.
final class Guarded<Value: Sendable>: Sendable {
  private let mutex: Mutex<Value>

  init(_ value: Value) {
    mutex = Mutex(value)
  }

  func read<Result: Sendable>(_ body: (Value) -> Result) -> Result {
    mutex.withLock { body($0) }
  }

  func change(_ body: (inout sending Value) -> Void) {
    mutex.withLock { body(&$0) }
  }
}
