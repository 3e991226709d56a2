#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Asks journald to write down and sync all that it has received, by its own varlink call
/// `io.systemd.Journal.Synchronize` (systemd's `varlink-io.systemd.Journal.c`; the wire is JSON, ended by a null
/// byte, see https://varlink.org/Interface-Definition). journald answers root only.
enum JournalSynchronizer {
  private static let call = Array(#"{"method":"io.systemd.Journal.Synchronize","parameters":{}}"#.utf8) + [0]
  /// An answer is some thirty bytes.
  private static let answerLimit = 64 << 10

  /// The socket of one namespace's journald; the main journal's name is empty.
  static func socket(of namespace: String) -> String {
    "/run/systemd/journal\(namespace.isEmpty ? "" : ".\(namespace)")/io.systemd.journal"
  }

  /// Asks all of them, and waits for the answers of all of them no longer than `timeout`.
  static func synchronize(
    _ namespaces: [String], timeout: Duration, socket: (String) -> String = socket(of:)
  ) -> [JournalSync] {
    let start = ContinuousClock.now
    return withRequests(namespaces[...], until: start.advanced(by: timeout), socket) { outcome, namespace in
      JournalSync(
        namespace: namespace, outcome: outcome.0, seconds: (ContinuousClock.now - start) / .seconds(1),
        detail: outcome.1)
    }
  }

  private typealias Answer = (JournalSync.Outcome, String?)

  /// Sends the first request, then all others, then waits for the first answer: the syncs run side by side. A
  /// socket cannot be in an array, for it is not copyable: the stack holds them.
  private static func withRequests(
    _ namespaces: ArraySlice<String>, until deadline: ContinuousClock.Instant, _ socket: (String) -> String,
    _ make: (Answer, String) -> JournalSync
  ) -> [JournalSync] {
    guard let namespace = namespaces.first else { return [] }
    do throws(SystemFailure) {
      let stream = try UnixStream.connect(to: socket(namespace), until: deadline)
      try stream.send(call)
      let others = withRequests(namespaces.dropFirst(), until: deadline, socket, make)
      return [make(answer(stream, until: deadline), namespace)] + others
    } catch {
      let first = make((outcome(error.errno), "\(error)"), namespace)
      return [first] + withRequests(namespaces.dropFirst(), until: deadline, socket, make)
    }
  }

  private static func answer(_ stream: borrowing UnixStream, until deadline: ContinuousClock.Instant)
    -> Answer
  {
    var bytes: [UInt8] = []
    do throws(SystemFailure) {
      while !bytes.contains(0), bytes.count < answerLimit {
        guard try stream.receive(into: &bytes, until: deadline) else { return (.refused, "it hung up") }
      }
    } catch {
      return (outcome(error.errno), "\(error)")
    }
    let text = String(decoding: bytes.prefix { $0 != 0 }.prefix(200), as: UTF8.self)
    return text.hasPrefix("{") && !text.contains(#""error""#) ? (.done, nil) : (.refused, text)
  }

  private static func outcome(_ error: Int32) -> JournalSync.Outcome {
    switch error {
    case ETIMEDOUT, EAGAIN: .timeout
    case ENOENT, ECONNREFUSED, ENOTDIR: .absent
    default: .refused
    }
  }
}
