package import Hummingbird
internal import NIOCore

/// What a request carries through the routes: who sent it, from where.
package struct APIContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  /// `nil` for a request that came over no connection, as in tests of the routes.
  let peer: PeerConnection?
  /// Address of the peer, for the audit.
  let remote: String
  /// The connection.
  let channel: any Channel
  /// Who was let in; empty until a route's role was checked.
  var principal = ""
  /// The incidents that they may see; `nil` for all.
  var scope: AccessScope?

  package init(source: ApplicationRequestContextSource) {
    channel = source.channel
    coreContext = CoreRequestContextStorage(source: source)
    peer = PeerConnection.current
    remote = peer?.remote ?? source.channel.remoteAddress?.ipAddress ?? "unix"
  }
}
