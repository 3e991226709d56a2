internal import AsyncHTTPClient
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension AgentError {
  /// Translates what the HTTP client throws.
  init(_ error: any Error, endpoint: AgentEndpoint, request: String) {
    switch error {
    case let error as AgentError:
      self = error
    case let error as HTTPClientError:
      self = AgentError(client: error, endpoint: endpoint, request: request)
    case let error as IOError:
      self = AgentError(code: error.errnoCode, endpoint: endpoint)
    case let error as NIOConnectionError:
      let errors = error.connectionErrors.lazy.map(\.error)
      if let refusal = errors.first(where: { $0 is BoringSSLError || $0 is NIOSSLError }) {
        self = .untrusted(endpoint, TLSRefusal(refusal))
        return
      }
      let code = errors.compactMap { ($0 as? IOError)?.errnoCode }.first
      let reason = code.map(FileError.text(of:)) ?? "unknown host"
      self = .notReachable(endpoint, reason: reason)
    case NIOSSLError.uncleanShutdown:
      self = .connectionLost(endpoint, reason: "the other side closed it")
    case is NIOSSLError, is NIOSSLExtraError, BoringSSLError.sslError, BoringSSLError.unknownError:
      self = .untrusted(endpoint, TLSRefusal(error))
    case is NIOTooManyBytesError:
      self = .unexpectedAnswer(endpoint, request: request, reason: "the answer is too long")
    default:
      self = .connectionLost(endpoint, reason: String(describing: error))
    }
  }

  private init(client error: HTTPClientError, endpoint: AgentEndpoint, request: String) {
    switch error {
    case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout:
      self = .notReachable(endpoint, reason: "no connection in time")
    case .readTimeout, .writeTimeout, .deadlineExceeded:
      self = .timeout(endpoint, request: request)
    case .remoteConnectionClosed, .uncleanShutdown:
      self = .connectionLost(endpoint, reason: "the other side closed it")
    default:
      self = .connectionLost(endpoint, reason: error.shortDescription)
    }
  }

  private init(code: Int32, endpoint: AgentEndpoint) {
    switch code {
    case EACCES, EPERM:
      self = .socketPermission(endpoint)
    case ECONNRESET, EPIPE:
      self = .connectionLost(endpoint, reason: FileError.text(of: code))
    default:
      self = .notReachable(endpoint, reason: FileError.text(of: code))
    }
  }

  /// Where a JSON answer is not what was expected, without its content.
  static func summary(of error: any Error) -> String {
    func path(_ context: DecodingError.Context) -> String {
      let keys = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
      return keys.isEmpty ? "the answer" : keys.joined(separator: ".")
    }
    return switch error {
    case DecodingError.keyNotFound(let key, let context): "\(path(context)) lacks \"\(key.stringValue)\""
    case DecodingError.typeMismatch(_, let context): "\(path(context)) is of another type"
    case DecodingError.valueNotFound(_, let context): "\(path(context)) is null"
    case DecodingError.dataCorrupted(let context):
      "\(path(context)) is not valid: \(context.debugDescription)"
    default: "the answer is not JSON"
    }
  }
}

/// Why a handshake of TLS failed, and what to do.
enum TLSRefusal: Equatable {
  /// Nobody who is trusted here signed the agent's certificate, or it is expired.
  case certificate
  /// The authorities of this host could not be read: mostly it has none.
  case authorities(String)
  /// The certificate is of another name than that of the URL.
  case hostName
  /// The agent wants a certificate.
  case certificateWanted
  /// The agent does not know who signed the client's certificate.
  case certificateRefused
  /// Something answers there, but not in TLS.
  case plain
  case other(String)

  init(_ error: any Error) {
    // BoringSSL tells its reasons by name only.
    let text = Self.reasons(String(describing: error))
    if case BoringSSLError.unknownError = error {
      self = .authorities(text)
      return
    }
    self =
      if (error as? NIOSSLExtraError) == .failedToValidateHostname {
        .hostName
      } else if text.contains("CERTIFICATE_VERIFY_FAILED") {
        .certificate
      } else if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
        .plain
      } else if text.contains("CERTIFICATE_REQUIRED") {
        .certificateWanted
      } else if text.contains("ALERT_UNKNOWN_CA") || text.contains("CERTIFICATE_EXPIRED")
        || text.contains("ALERT_BAD_CERTIFICATE")
      {
        .certificateRefused
      } else {
        .other(text)
      }
  }

  /// The names of the reasons out of `[Error: N error:HEX:SSL routines:OPENSSL_internal:NAME at FILE:LINE]`, or the text.
  private static func reasons(_ text: String) -> String {
    let names = text.split(separator: "OPENSSL_internal:").dropFirst().map {
      $0.prefix { $0 != " " && $0 != "]" }
    }
    return names.isEmpty ? text : names.joined(separator: ", ")
  }
}

extension TLSRefusal: CustomStringConvertible {
  var description: String {
    switch self {
    case .certificate:
      "no authority that is trusted here signed its certificate, or it is not valid today; give the file of a "
        + "private authority with --cacert"
    case .authorities(let text):
      "no authorities could be read on this host; give the file of a private authority with --cacert (\(text))"
    case .hostName: "its certificate is for another name; use the name that it is for in --server"
    case .certificateWanted: "it wants a client certificate: give it with --cert and --cert-key"
    case .certificateRefused:
      "it does not accept the certificate of --cert: see that listen.tls.client_ca there holds who signed it, and that it "
        + "is valid today"
    case .plain: "it does not speak TLS; write http:// in --server, or name the port of its TLS"
    case .other(let text): text
    }
  }
}
