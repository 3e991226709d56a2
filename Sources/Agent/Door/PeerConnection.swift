internal import NIOCore
internal import Synchronization

/// One connection, as its requests see it: who is at the other end, as far as the kernel and TLS can tell.
final class PeerConnection: Sendable {
  /// That of the task which serves the connection; `nil` for requests that came over none, as in tests of the routes.
  @TaskLocal static var current: PeerConnection?

  /// IP address; `unix` for a socket of this host.
  let remote: String
  /// The process at the other end of a unix socket.
  let user: UnixCredentials?
  private let names = Mutex<[String]>([])

  init(remote: String, user: UnixCredentials?) {
    self.remote = remote
    self.user = user
  }

  /// Names of the client certificate that was checked; none without one.
  var certificateNames: [String] {
    get { names.withLock { $0 } }
    set { names.withLock { $0 = newValue } }
  }
}

/// `struct ucred` of unix(7), as it was when the peer connected.
struct UnixCredentials: Sendable, Hashable, BitwiseCopyable {
  var pid: Int32
  var uid: UInt32
  var gid: UInt32

  /// Asks the kernel who is at the other end.
  ///
  /// - Parameter channel: of a unix socket.
  /// - Returns: a failed future where the kernel does not tell.
  static func ofPeer(_ channel: any Channel) -> EventLoopFuture<UnixCredentials> {
    guard let provider = channel as? any SocketOptionProvider else {
      return channel.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
    }
    // SO_PEERCRED gives exactly three 32-bit numbers, which is this type.
    return provider.unsafeGetSocketOption(level: .socket, name: NIOBSDSocket.Option(rawValue: 17))
  }
}
