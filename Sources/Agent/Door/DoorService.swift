internal import Evidence
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import ServiceLifecycle

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// One address at which the API answers.
///
/// Hummingbird's own `Application` wakes the process each second to have the time ready for the `Date` of the next response,
/// which on most hosts never comes; here the time is asked for with the response.
struct DoorService<Responder: HTTPResponder>: Service
where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
  private let responder: Responder
  private let server: HTTPServerBuilder
  private let configuration: ServerConfiguration
  private let name: String
  private let onServerRunning: @Sendable (any Channel) async -> Void
  private let logger: Logger

  /// - Parameters:
  ///   - router: who answers.
  ///   - server: how connections are served.
  ///   - configuration: the address and the limit of connections.
  ///   - name: the setting that the address comes from, and the address.
  ///   - onServerRunning: called once, when connections are taken.
  ///   - logger: where the libraries log.
  init<Builder: HTTPResponderBuilder>(
    router: Builder, server: HTTPServerBuilder, configuration: ServerConfiguration, name: String,
    onServerRunning: @escaping @Sendable (any Channel) async -> Void, logger: Logger
  ) where Builder.Responder == Responder {
    responder = router.buildResponder()
    self.server = server
    self.configuration = configuration
    self.name = name
    self.onServerRunning = onServerRunning
    self.logger = logger
  }

  func run() async throws {
    let service = try server.buildServer(
      configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger,
      responder: { request, writer, channel in
        let response = try await apart {
          let context = Responder.Context(
            source: ApplicationRequestContextSource(channel: channel, logger: logger))
          return try await answer(request, context)
        }
        do {
          try await writer.write(response: response.head, body: response.body)
        } catch is HTTPParserError {
          // The server answers a parser's error, and a part of this response is out already.
          throw ResponseCutShort()
        }
      }, onServerRunning: onServerRunning)
    do {
      try await service.run()
    } catch let error as IOError {
      throw DoorError(name: name, code: error.errnoCode)
    }
  }

  private func answer(_ request: Request, _ context: Responder.Context) async throws -> Response {
    var response: Response
    do {
      response = try await responder.respond(to: request, context: context)
    } catch let error as HTTPParserError {
      throw error
    } catch {
      logger.debug("A request failed in an unforeseen way", metadata: ["error": "\(error)"])
      response = Response(status: .internalServerError)
    }
    response.headers[.date] = Timestamp.now().httpDate
    return response
  }
}

/// Does `body` in a task of its own. A task keeps the memory of its deepest call until it ends, and that of a connection
/// lives on while nothing is asked: some kilobytes for each of a thousand.
private func apart<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) async throws
  -> Value
{
  try await withThrowingTaskGroup(of: Value.self) { group in
    group.addTask { try await body() }
    guard let value = try await group.next() else { throw CancellationError() }
    return value
  }
}

/// The request turned out not to be HTTP while its response was written; the connection is closed.
private struct ResponseCutShort: Error {}

/// An address where the agent cannot listen.
struct DoorError: Error, CustomStringConvertible {
  var name: String
  var code: CInt

  var description: String {
    let remedy =
      switch code {
      case EADDRINUSE: "; another process listens there: see ss -lp, and give this agent another address"
      case EADDRNOTAVAIL: "; this host has no such address: see ip address"
      case EACCES, EPERM:
        "; ports below 1024 need CAP_NET_BIND_SERVICE, a socket a folder that the agent may write to"
      case ENOENT: "; make the folder that it is to be in"
      default: ""
      }
    return "cannot listen at \(name): \(String(cString: strerror(code)))\(remedy)"
  }
}
