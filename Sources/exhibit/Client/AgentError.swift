/// Why the agent did not do what it was asked, as the person at the terminal needs it.
enum AgentError: Error, Equatable {
  /// Nobody listens, or the network does not go there.
  case notReachable(AgentEndpoint, reason: String)
  /// The socket's mode or group keeps this user out.
  case socketPermission(AgentEndpoint)
  /// No answer in time.
  case timeout(AgentEndpoint, request: String)
  /// The connection broke in the middle of an answer.
  case connectionLost(AgentEndpoint, reason: String)
  /// The handshake of TLS failed.
  case untrusted(AgentEndpoint, TLSRefusal)
  /// 401.
  case unauthenticated(AgentEndpoint, tokenSent: Bool)
  /// 403.
  case forbidden(AgentEndpoint, detail: String)
  /// Any other 4xx.
  case refused(status: Int, detail: String, field: String?)
  /// 5xx.
  case failed(AgentEndpoint, status: Int, detail: String)
  /// Not what an agent of this version answers.
  case unexpectedAnswer(AgentEndpoint, request: String, reason: String)

  /// Whether the same request may do better in a moment.
  var isTransient: Bool {
    switch self {
    case .notReachable, .timeout, .connectionLost: true
    case .failed(_, let status, _): [502, 503, 504].contains(status)
    default: false
    }
  }

  var isNotFound: Bool {
    if case .refused(status: 404, _, _) = self { true } else { false }
  }
}

extension AgentError: CustomStringConvertible {
  var description: String {
    switch self {
    case .notReachable(let endpoint, let reason):
      "cannot reach the agent at \(endpoint): \(reason)\(endpoint.remedy)"
    case .socketPermission(let endpoint):
      "no permission for the agent's socket \(endpoint): run as root, or join the group that owns the socket"
    case .timeout(let endpoint, let request):
      "the agent at \(endpoint) did not answer \(request) in time\(endpoint.remedy)"
    case .connectionLost(let endpoint, let reason):
      "lost the connection to the agent at \(endpoint): \(reason)"
    case .untrusted(let endpoint, let refusal):
      "no TLS with the agent at \(endpoint): \(refusal)"
    case .unauthenticated(let endpoint, tokenSent: true):
      "the agent at \(endpoint) does not know the token (401): check --token-file"
    case .unauthenticated(let endpoint, tokenSent: false):
      "the agent at \(endpoint) wants to know who asks (401): give a token with --token-file, or a certificate "
        + "with --cert"
    case .forbidden(let endpoint, let detail):
      "the agent at \(endpoint) does not allow this (403): \(detail)"
    case .refused(_, let detail, let field):
      field.map { "\($0): \(detail)" } ?? detail
    case .failed(let endpoint, let status, let detail):
      "the agent at \(endpoint) failed (\(status)): \(detail)\(endpoint.remedy)"
    case .unexpectedAnswer(let endpoint, let request, let reason):
      "no Exhibit agent of this version is at \(endpoint): \(request): \(reason)"
    }
  }
}

extension AgentError: ExitStatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .notReachable, .timeout, .connectionLost, .failed(_, 503, _): .unavailable
    case .socketPermission, .unauthenticated, .forbidden, .untrusted: .noPermission
    case .refused(404, _, _), .refused(410, _, _): .noInput
    case .refused, .failed, .unexpectedAnswer: .failed
    }
  }
}

extension AgentEndpoint {
  /// What to look at when the agent does not answer.
  fileprivate var remedy: String {
    switch self {
    case .socket: "; see: systemctl status exhibit"
    case .server: "; on that host see: systemctl status exhibit"
    }
  }
}
