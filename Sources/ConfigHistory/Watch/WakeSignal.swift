internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// An eventfd(2) that ends a poll(2). Once raised it stays raised until it is cleared.
final class WakeSignal: Sendable {
  let descriptor: Int32

  init() throws(SystemFailure) {
    let descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard descriptor >= 0 else { throw SystemFailure("eventfd") }
    self.descriptor = descriptor
  }

  func raise() {
    // It fails only where the counter is full, and then it is raised.
    eventfd_write(descriptor, 1)
  }

  func clear() {
    // It fails only where it is not raised.
    var count: eventfd_t = 0
    eventfd_read(descriptor, &count)
  }

  deinit { close(descriptor) }
}

/// Waits until one of the descriptors is readable, or the time is over.
/// - Returns: whether one is.
@discardableResult
func waitUntilReadable(_ descriptors: [Int32], for time: Duration) -> Bool {
  var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  let milliseconds = time / .milliseconds(1)
  // An error ends the wait early, no more: whoever waits looks for itself.
  return poll(&polled, nfds_t(polled.count), Int32(min(max(milliseconds.rounded(.up), 0), 60_000))) > 0
}
