internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import ServiceLifecycle

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The listeners of the agent.
struct Doors {
  let api: API
  let listen: AgentConfiguration.Listen
  /// For the libraries' own lines.
  let logger: Logger

  /// - Parameters:
  ///   - address: where to bind.
  ///   - tls: `nil` for none.
  ///   - opened: called when it listens.
  /// - Returns: the door for others than this host's users.
  func network(
    _ address: HTTPAddress, tls: TLSStore?, opened: @escaping @Sendable (any Channel) async -> Void
  ) -> some Service {
    DoorService(
      router: api.router(door: .network), server: server(tls, ofOneAddress: listen.maxConnectionsPerAddress),
      configuration: ServerConfiguration(address: .hostname(address.host, port: address.port)),
      name: "\(address) (listen.http)",
      onServerRunning: opened, logger: logger)
  }

  /// The unix socket; its mode lets its owner and its group in.
  ///
  /// - Parameter opened: called when it listens.
  /// - Returns: the door for the users of this host.
  /// - Throws: `StateFolderError`.
  func socket(opened: @escaping @Sendable (any Channel) async -> Void) throws -> some Service {
    let path = listen.socket
    try StaleSocket.remove(path)
    let logger = logger
    return DoorService(
      router: api.router(door: .socket), server: server(nil, ofOneAddress: listen.maxConnections),
      configuration: ServerConfiguration(address: .unixDomainSocket(path: path)),
      name: "\(path) (listen.socket)",
      onServerRunning: { channel in
        if chmod(path, 0o660) != 0 {
          logger.error("Could not open the socket to its group", metadata: ["socket": "\(path)"])
        }
        await opened(channel)
      }, logger: logger)
  }

  private func server(_ tls: TLSStore?, ofOneAddress limit: Int) -> HTTPServerBuilder {
    let table = ConnectionTable(total: listen.maxConnections, ofOneAddress: limit)
    let times = DoorTimes(
      header: listen.headerTimeout, body: listen.bodyTimeout, write: listen.writeTimeout,
      idle: listen.idleTimeout)
    return HTTPServerBuilder { responder in
      DoorChannel(
        http: HTTP1Channel(
          responder: responder,
          configuration: .init(
            idleTimeout: TimeAmount(times.idle),
            httpDecoderConfiguration: .init(
              maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
        tls: tls, table: table, times: times)
    }
  }
}
