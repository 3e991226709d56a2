internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Pins by the helper, which has the rights that the agent lacks.
struct FreezeHelperClient: JournalPinning {
  /// Path of the helper's socket.
  let socket: String
  /// Bytes of an answer: some 700 for each file.
  private static let answerLimit = 8 << 20
  /// Seconds that the helper may take beyond what it was given: it may have to be started.
  private static let graceSeconds = 10.0

  func synchronize(timeout: Duration) throws(SystemFailure) -> [JournalSync] {
    let (seconds, attoseconds) = timeout.components
    let milliseconds = max(1, seconds * 1000 + attoseconds / 1_000_000_000_000_000)
    return try ask(.sync(milliseconds: milliseconds), within: timeout).map {
      (line) throws(SystemFailure) in try parsed(JournalSync(line: line))
    }
  }

  func pin(_ capture: String, window: TimeWindow, maximumBytes: Int) throws(SystemFailure) -> [FrozenFile] {
    let request = FreezeRequest.pin(capture: capture, window: window, maximumBytes: maximumBytes)
    return try ask(request, within: .seconds(JournalPins.seconds)).map {
      (line) throws(SystemFailure) in try parsed(FrozenFile(line: line))
    }
  }

  func release(_ capture: String) throws(SystemFailure) -> ReleasedPins {
    let lines = try ask(.release(capture: capture), within: .zero)
    return try parsed(lines.first.flatMap { ReleasedPins(line: $0) })
  }

  private func parsed<Value>(_ value: Value?) throws(SystemFailure) -> Value {
    guard let value else { throw SystemFailure(call: "answer of \(socket)", errno: EBADMSG) }
    return value
  }

  /// - Returns: the lines of the answer.
  private func ask(_ request: FreezeRequest, within time: Duration) throws(SystemFailure) -> [Substring] {
    let deadline = ContinuousClock.now.advanced(by: time + .seconds(Self.graceSeconds))
    let stream = try UnixStream.connect(to: socket, until: deadline)
    try stream.send(Array((request.line + "\n").utf8))
    var answer: [UInt8] = []
    while try stream.receive(into: &answer, until: deadline) {
      guard answer.count <= Self.answerLimit else {
        throw SystemFailure(call: "answer of \(socket)", errno: EMSGSIZE)
      }
    }
    var lines = String(decoding: answer, as: UTF8.self).split(separator: "\n")
    if let error = lines.first, error.hasPrefix("error ") {
      throw SystemFailure(call: "\(socket): \(error.dropFirst(6))", errno: EPROTO)
    }
    guard lines.popLast() == "end" else { throw SystemFailure(call: "answer of \(socket)", errno: EBADMSG) }
    return lines
  }
}
