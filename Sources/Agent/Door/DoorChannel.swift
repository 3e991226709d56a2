internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOHTTPTypes
internal import NIOSSL
internal import NIOTLS

/// A connection that was set up.
struct DoorConnection: ServerChildChannelValue {
  let base: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
  let peer: PeerConnection

  var channel: any Channel { base.channel }
}

/// What a door does with each connection: it is counted, told who is there, spoken to by TLS, and held to its times.
struct DoorChannel: ServerChildChannel {
  let http: HTTP1Channel
  /// `nil` where there is no TLS.
  let tls: TLSStore?
  let table: ConnectionTable
  let times: DoorTimes

  /// A connection keeps the buffer that it read into while nothing is asked. This one grows with what comes.
  private static let firstBuffer = AdaptiveRecvByteBufferAllocator(
    minimum: 64, initial: 512, maximum: 64 << 10)

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<DoorConnection> {
    let address = channel.remoteAddress?.ipAddress
    guard let number = table.admit(channel, from: address.map(addressGroup) ?? "unix") else {
      return refuse(channel, ChannelError.operationUnsupported)
    }
    channel.closeFuture.whenComplete { _ in table.remove(number) }
    let peer =
      address.map {
        channel.eventLoop.makeSucceededFuture(PeerConnection(remote: $0, user: nil))
      } ?? UnixCredentials.ofPeer(channel).map { PeerConnection(remote: "unix", user: $0) }
    return peer.flatMap { peer in
      do {
        try channel.syncOptions?.setOption(ChannelOptions.recvAllocator, value: Self.firstBuffer)
        try secure(channel, peer)
      } catch {
        return refuse(channel, error)
      }
      return http.setup(channel: channel, logger: logger).flatMapThrowing { base in
        let pipeline = channel.pipeline.syncOperations
        let state = try pipeline.handler(type: HTTPConnectionStateHandler.self)
        try pipeline.addHandler(
          RequestGuard(times: times) { table.setBusy(number, $0) }, position: .before(state))
        return DoorConnection(base: base, peer: peer)
      }
    }.flatMapError { refuse(channel, $0) }
  }

  func handle(value: DoorConnection, logger: Logger) async {
    await PeerConnection.$current.withValue(value.peer) {
      await http.handle(value: value.base, logger: logger)
    }
  }

  private func secure(_ channel: any Channel, _ peer: PeerConnection) throws {
    guard let tls else { return }
    let handler = NIOSSLServerHandler(context: tls.context)
    try channel.pipeline.syncOperations.addHandlers([handler, CertificateReader(peer: peer)])
  }

  private func refuse(_ channel: any Channel, _ error: any Error) -> EventLoopFuture<DoorConnection> {
    // The server passes over connections whose setup failed, and leaves them open.
    channel.close(promise: nil)
    return channel.eventLoop.makeFailedFuture(error)
  }
}

/// Notes the names of a client certificate once TLS has checked it: before the first request can be read.
private final class CertificateReader: ChannelInboundHandler {
  typealias InboundIn = NIOAny

  private let peer: PeerConnection

  init(peer: PeerConnection) {
    self.peer = peer
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .handshakeCompleted = event as? TLSUserEvent {
      do {
        let certificate = try context.pipeline.syncOperations.nioSSL_peerCertificate()
        peer.certificateNames = try certificate.map { try CertificateNames(of: $0.toDERBytes()).names } ?? []
      } catch {
        // A certificate that TLS took and that cannot be read names nobody.
        context.fireErrorCaught(error)
        context.close(promise: nil)
      }
    }
    context.fireUserInboundEventTriggered(event)
  }
}
