internal import Dispatch
internal import Synchronization

/// A queue between two threads that block: the sender while it is full, the receiver while it is empty.
final class BoundedChannel<Element: Sendable>: Sendable {
  private struct State {
    var elements: [Element] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let room: DispatchSemaphore
  private let filled = DispatchSemaphore(value: 0)
  private let capacity: Int

  init(capacity: Int) {
    self.capacity = capacity
    // Counted up from 0: a semaphore must not be below its first value when it goes.
    room = DispatchSemaphore(value: 0)
    for _ in 0..<capacity { room.signal() }
  }

  /// - Returns: `false` once the channel is closed: nobody will receive the element.
  @discardableResult
  func send(_ element: Element) -> Bool {
    room.wait()
    let isOpen = state.withLock { state in
      if !state.isClosed { state.elements.append(element) }
      return !state.isClosed
    }
    if isOpen { filled.signal() } else { room.signal() }
    return isOpen
  }

  /// - Returns: `nil` once the channel is closed and empty.
  func receive() -> Element? {
    filled.wait()
    let element = state.withLock { $0.elements.isEmpty ? nil : $0.elements.removeFirst() }
    if element == nil { filled.signal() } else { room.signal() }
    return element
  }

  /// Ends the channel: what was sent can still be received, and nobody waits any longer.
  func close() {
    state.withLock { $0.isClosed = true }
    room.signal()
    filled.signal()
  }
}
