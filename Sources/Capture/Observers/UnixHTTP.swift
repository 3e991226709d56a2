internal import CLinux
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#endif

/// Why a daemon did not answer.
struct UnixHTTPError: Error, CustomStringConvertible {
  var description: String
  var isPermission = false
}

/// One HTTP request over a unix socket, for threads that may block. HTTP/1.0: the answer ends with the connection and
/// comes in one piece.
struct UnixHTTP {
  /// Bytes of an answer.
  private static let limit = 8 << 20
  /// Seconds that each step may take.
  private static let timeout = 3

  let socket: String

  /// - Parameter target: path and query, percent-encoded.
  /// - Returns: the body of an answer with status 200.
  /// - Throws: `UnixHTTPError`.
  func get(_ target: String) throws(UnixHTTPError) -> [UInt8] {
    let descriptor = try connected()
    defer { close(descriptor) }
    try send("GET \(target) HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n", to: descriptor)
    let answer = try receive(from: descriptor)
    let separator = Array("\r\n\r\n".utf8)
    guard let end = answer.firstRange(of: separator) else {
      throw UnixHTTPError(description: "\(socket): the answer is no HTTP")
    }
    let status = String(decoding: answer.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
    guard status.hasPrefix("HTTP/1."), status.split(separator: " ").dropFirst().first == "200" else {
      throw UnixHTTPError(description: "\(socket): the answer is \(status.prefix(80))")
    }
    return Array(answer[end.upperBound...])
  }

  private func connected() throws(UnixHTTPError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let path = Array(socket.utf8)
    guard path.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw UnixHTTPError(description: "\(socket): the path of a socket has at most 107 bytes")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw failure("socket") }
    var timeout = timeval(tv_sec: Self.timeout, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else {
      let error = failure("connect")
      close(descriptor)
      throw error
    }
    return descriptor
  }

  private func send(_ text: String, to descriptor: Int32) throws(UnixHTTPError) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if sent < 0, errno == EINTR { continue }
      guard sent > 0 else { throw failure("send") }
      rest = rest.dropFirst(sent)
    }
  }

  private func receive(from descriptor: Int32) throws(UnixHTTPError) -> [UInt8] {
    var answer: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let deadline = ContinuousClock.now.advanced(by: .seconds(Self.timeout))
    while true {
      let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("recv") }
      if count == 0 { return answer }
      answer += buffer[..<count]
      guard answer.count <= Self.limit else {
        throw UnixHTTPError(description: "\(socket): the answer has more than \(Self.limit) bytes")
      }
      guard ContinuousClock.now < deadline else {
        throw UnixHTTPError(description: "\(socket): the answer took more than \(Self.timeout) s")
      }
    }
  }

  private func failure(_ call: String) -> UnixHTTPError {
    let code = errno
    let isPermission = code == EACCES || code == EPERM
    let remedy = isPermission ? "; give the agent's user the right to use it" : ""
    return UnixHTTPError(
      description: "\(socket): \(call): \(String(cString: strerror(code)))\(remedy)",
      isPermission: isPermission)
  }
}
