internal import HTTPTypes
internal import NIOCore
internal import NIOHTTPTypes

/// How long things may take at a door.
struct DoorTimes: Sendable, Equatable {
  /// From the connection, TLS included, to the end of the first request's headers.
  var header: Duration
  /// From the headers to the end of the body.
  var body: Duration
  /// That a client takes nothing of an answer.
  var write: Duration
  /// Between two requests.
  var idle: Duration
  /// How long what a refused client still sends is thrown away, so that it gets to read the answer.
  var linger = Duration.seconds(2)
}

/// Holds one connection to its times, and cuts it where a body goes on after the answer.
///
/// It sits in the pipeline behind the HTTP codec. Used on the event loop of its channel only.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let times: DoorTimes
  /// Called with whether a request is being served.
  private let busy: (Bool) -> Void
  private var deadline: Scheduled<Void>?
  private var stall: Scheduled<Void>?
  /// Requests whose answer is not complete.
  private var open = 0
  private var isReadingBody = false
  private var hasAnswerBegun = false
  /// The connection ends after this answer.
  private var isLast = false
  /// What comes is thrown away until the connection ends.
  private var isLingering = false

  init(times: DoorTimes, busy: @escaping (Bool) -> Void) {
    self.times = times
    self.busy = busy
  }

  func handlerAdded(context: ChannelHandlerContext) {
    expect(within: times.header, context)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    deadline?.cancel()
    stall?.cancel()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isLingering else { return }
    switch unwrapInboundIn(data) {
    case .head:
      open += 1
      isReadingBody = true
      busy(true)
      expect(within: times.body, context)
    case .body: break
    case .end:
      isReadingBody = false
      deadline?.cancel()
      if open == 0 { busy(false) }
    }
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    // Nobody behind asks for more any longer.
    if isLingering { context.read() }
    context.fireChannelReadComplete()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where head.status.kind != .informational:
      hasAnswerBegun = true
      // A client that was refused may go on sending for ever.
      isLast = head.headerFields[.connection] == "close" || (isReadingBody && head.status.code >= 400)
      if isLast { head.headerFields[.connection] = "close" }
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end:
      open -= 1
      hasAnswerBegun = false
      if open <= 0, !isReadingBody { busy(false) }
      context.write(data, promise: promise)
      if isLast { linger(context) }
    default:
      context.write(data, promise: promise)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    stall?.cancel()
    if !context.channel.isWritable {
      stall = schedule(in: times.write, context) { $0.close(promise: nil) }
    }
    context.fireChannelWritabilityChanged()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // Bytes that are no HTTP: the server answers 400, and then waits for the client to go.
    context.fireErrorCaught(error)
    linger(context)
  }

  private func linger(_ context: ChannelHandlerContext) {
    isLingering = true
    deadline?.cancel()
    deadline = schedule(in: isReadingBody ? times.linger : .milliseconds(100), context) {
      $0.close(promise: nil)
    }
    context.flush()
    context.read()
  }

  /// Answers 408 and closes where what is expected has not come by then.
  private func expect(within time: Duration, _ context: ChannelHandlerContext) {
    deadline?.cancel()
    deadline = schedule(in: time, context) { [unowned self] context in
      guard !self.hasAnswerBegun else { return context.close(promise: nil) }
      self.isLingering = true
      let fields: HTTPFields = [.connection: "close", .contentLength: "0"]
      context.write(
        self.wrapOutboundOut(.head(HTTPResponse(status: .requestTimeout, headerFields: fields))),
        promise: nil)
      context.writeAndFlush(self.wrapOutboundOut(.end(nil)), promise: nil)
      context.close(promise: nil)
    }
  }

  private func schedule(
    in time: Duration, _ context: ChannelHandlerContext,
    _ body: @escaping (ChannelHandlerContext) -> Void
  ) -> Scheduled<Void> {
    context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { body(context) }
  }
}
