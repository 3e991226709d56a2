internal import CSystemd

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A failed call of the system.
package struct SystemFailure: Error, Equatable, CustomStringConvertible {
  package var call: String
  package var errno: Int32

  package var description: String { "\(call): \(errorText(errno))" }
}

/// A connected stream socket (unix(7)), closed when it goes out of scope. All calls block, none longer than its
/// deadline.
package struct UnixStream: ~Copyable {
  let descriptor: Int32

  init(owning descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Connects to the socket at that path, of at most 107 bytes.
  package static func connect(to path: String, until deadline: ContinuousClock.Instant) throws(SystemFailure)
    -> UnixStream
  {
    guard var address = unixAddress(path) else { throw SystemFailure(call: path, errno: ENAMETOOLONG) }
    let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard made >= 0 else { throw SystemFailure(call: "socket", errno: errno) }
    let stream = UnixStream(owning: made)
    try stream.limitSending(until: deadline)
    guard connectSocket(made, &address) == 0 else {
      throw SystemFailure(call: "connect \(path)", errno: errno)
    }
    return stream
  }

  deinit {
    close(descriptor)
  }

  /// Gives the descriptor to a new owner.
  consuming func handOver() -> Int32 {
    let descriptor = descriptor
    discard self
    return descriptor
  }

  /// Also bounds connect(2), see socket(7).
  func limitSending(until deadline: ContinuousClock.Instant) throws(SystemFailure) {
    let left = max(1, millisecondsLeft(until: deadline))
    var time = timeval(tv_sec: Int(left / 1000), tv_usec: suseconds_t(left % 1000 * 1000))
    let size = socklen_t(MemoryLayout<timeval>.size)
    guard setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size) == 0 else {
      throw SystemFailure(call: "setsockopt", errno: errno)
    }
  }

  func send(_ bytes: [UInt8]) throws(SystemFailure) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        sendBytes(descriptor, $0.baseAddress.map { $0 + sent }, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else {
        if count < 0 && errno == EINTR { continue }
        throw SystemFailure(call: "send", errno: count < 0 ? errno : EPIPE)
      }
      sent += count
    }
  }

  /// Appends what has come.
  ///
  /// - Returns: whether there was anything; `false` at the end of the stream.
  /// - Throws: `SystemFailure`, with `ETIMEDOUT` at the deadline.
  func receive(into buffer: inout [UInt8], until deadline: ContinuousClock.Instant) throws(SystemFailure)
    -> Bool
  {
    try waitForInput(until: deadline)
    let (count, error) = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) {
      room -> (Int, Int32) in
      let count = recv(descriptor, room.baseAddress, room.count, 0)
      if count > 0 { buffer.append(contentsOf: room[..<count]) }
      return (count, errno)
    }
    guard count >= 0 else { throw SystemFailure(call: "recv", errno: error) }
    return count > 0
  }

  private func waitForInput(until deadline: ContinuousClock.Instant) throws(SystemFailure) {
    while true {
      var item = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let ready = poll(&item, 1, Int32(clamping: millisecondsLeft(until: deadline)))
      if ready > 0 { return }
      if ready == 0 { throw SystemFailure(call: "poll", errno: ETIMEDOUT) }
      if errno != EINTR { throw SystemFailure(call: "poll", errno: errno) }
    }
  }
}

/// Whole milliseconds, rounded up; 0 when the deadline has passed.
func millisecondsLeft(until deadline: ContinuousClock.Instant) -> Int64 {
  let left = deadline - .now
  guard left > .zero else { return 0 }
  let (seconds, attoseconds) = left.components
  return seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1
}

/// - Returns: `nil` for a path that is too long for an address, or empty.
func unixAddress(_ path: String) -> sockaddr_un? {
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let bytes = Array(path.utf8)
  guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return nil }
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
  return address
}

/// send(2), whose name the method takes.
private func sendBytes(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int, _ flags: Int32) -> Int {
  send(descriptor, start, count, flags)
}

/// connect(2), likewise.
private func connectSocket(_ descriptor: Int32, _ address: inout sockaddr_un) -> Int32 {
  withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
}
