internal import CSystemd
internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The privileged half of a freeze, started by its socket (`exhibit-freeze.socket`): it asks journald to sync, and
/// makes and removes links to journal files. It can be asked for nothing else, opens no path that a client names, and
/// ends when nobody needs it.
package struct FreezeHelper: Sendable {
  /// Seconds without a request after which it ends.
  package static let idleSeconds = 15.0
  /// Seconds after which it ends even if it is not idle; systemd starts it anew for the next client.
  private static let lifetimeSeconds = 300.0
  /// Seconds that a client has for its request, and to take the answer.
  private static let clientSeconds = 2.0

  private let pins: any JournalPinning & Sendable
  private let idle: Duration
  private let syncs = RunningSyncs()

  /// For the journal of this host.
  package init() {
    self.init(JournalPins(directory: nil), idle: .seconds(Self.idleSeconds))
  }

  init(_ pins: any JournalPinning & Sendable, idle: Duration) {
    self.pins = pins
    self.idle = idle
  }

  /// Serves the socket that systemd passed on, until it has been idle for long enough.
  ///
  /// - Throws: `FreezeHelperError` when there is no such socket.
  package func run() throws(FreezeHelperError) {
    // sd_listen_fds(3): the first descriptor is 3; the variables are for this process alone.
    guard sd_listen_fds(1) == 1, sd_is_socket_unix(3, Int32(SOCK_STREAM.rawValue), 1, nil, 0) > 0 else {
      throw FreezeHelperError(
        description: "this command is started by its socket: systemctl enable --now exhibit-freeze.socket")
    }
    serve(listener: 3)
  }

  /// Clients are served one after the other, since each request is a matter of milliseconds; but not a sync, which
  /// takes as long as a busy journald lets it, and nobody's files may be deleted meanwhile.
  func serve(listener: Int32) {
    let end = ContinuousClock.now.advanced(by: .seconds(Self.lifetimeSeconds))
    while ContinuousClock.now < end {
      var item = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
      let ready = poll(&item, 1, Int32(clamping: millisecondsLeft(until: .now.advanced(by: idle))))
      if ready < 0 && errno == EINTR { continue }
      if ready <= 0 && syncs.isEmpty { return }
      guard ready > 0 else { continue }
      let accepted = accept(listener, nil, nil)
      if accepted >= 0 { serve(UnixStream(owning: accepted)) }
    }
    syncs.waitUntilEmpty()
  }

  /// One request, one answer. A client that is slow or gone is its own loss.
  private func serve(_ client: consuming UnixStream) {
    var request: [UInt8] = []
    let deadline = ContinuousClock.now.advanced(by: .seconds(Self.clientSeconds))
    do throws(SystemFailure) {
      while !request.contains(UInt8(ascii: "\n")), request.count <= FreezeRequest.limit {
        guard try client.receive(into: &request, until: deadline) else { return }
      }
    } catch {
      return
    }
    guard case .sync = Self.parse(request), syncs.begin() else { return answer(request, client) }
    let asked = request
    let descriptor = client.handOver()
    let started = startThread { [self] in
      answer(asked, UnixStream(owning: descriptor))
      syncs.end()
    }
    if !started {
      close(descriptor)
      syncs.end()
    }
  }

  private func answer(_ request: [UInt8], _ client: consuming UnixStream) {
    let answer = answer(to: request)
    do throws(SystemFailure) {
      try client.limitSending(until: .now.advanced(by: .seconds(Self.clientSeconds)))
      try client.send(Array(answer.utf8))
    } catch {
      return
    }
  }

  private static func parse(_ request: [UInt8]) -> FreezeRequest? {
    guard request.count <= FreezeRequest.limit, request.last == UInt8(ascii: "\n") else { return nil }
    return FreezeRequest(String(decoding: request.dropLast(), as: UTF8.self))
  }

  func answer(to request: [UInt8]) -> String {
    guard let request = Self.parse(request) else { return "error not a request\n" }
    do throws(SystemFailure) {
      let lines =
        switch request {
        case .sync(let milliseconds):
          try pins.synchronize(timeout: .milliseconds(milliseconds)).map(\.line)
        case .pin(let capture, let window, let maximumBytes):
          // A name with a line feed is none that journald gives.
          try pins.pin(capture, window: window, maximumBytes: maximumBytes)
            .filter { !$0.path.utf8.contains(UInt8(ascii: "\n")) }.map(\.line)
        case .release(let capture): [try pins.release(capture).line]
        }
      return (lines + ["end"]).joined(separator: "\n") + "\n"
    } catch {
      return "error \(error)\n"
    }
  }
}

/// Why the helper cannot run.
package struct FreezeHelperError: Error, CustomStringConvertible {
  package var description: String
}
