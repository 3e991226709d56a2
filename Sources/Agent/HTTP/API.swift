internal import ConfigHistory
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Storage

/// The HTTP API, version 1: everything that its routes need.
struct API: Sendable {
  let database: StateDatabase
  let bundles: BundleFolder
  let intake: SignalIntake
  let deploys: DeployIntake
  let settings: CurrentSettings
  let progress: CaptureProgress
  let metrics: AgentMetrics
  let audit: Audit
  let tokens: TokenStore
  /// What each address used up of its requests, and of those that may be refused.
  let requests = AddressLimits()
  let failures = AddressLimits()
  /// `nil` where nothing is watched, as in tests of the other routes.
  var watch: HistoryWatch?
  /// Files of bundles that are unpacked at a time: each has a thread.
  var fileReads = Allotment(limit: 8)
  /// Answers that follow a capture at a time, those of all doors together.
  var listeners = Allotment(limit: 32)

  /// The routes for one door. Each is described in `APIDescription`.
  func router(door: Door) -> Router<APIContext> {
    let router = Router(context: APIContext.self, options: .autoGenerateHeadEndpoints)
    router.add(middleware: GzipMiddleware())
    router.add(middleware: ProblemMiddleware())
    if door == .network {
      router.add(middleware: RequestLimit(limits: requests, settings: settings, metrics: metrics))
    }
    let v1 = router.group("v1")
    func guarding(_ role: TokenRole) -> RequireRole {
      RequireRole(
        role: role, door: door, settings: settings, tokens: tokens, audit: audit, metrics: metrics,
        database: database, failures: failures)
    }
    func group(_ role: TokenRole) -> RouterGroup<APIContext> { v1.group().add(middleware: guarding(role)) }
    addHealthRoutes(to: router, guarding: guarding(.read))
    addSignalRoutes(to: v1, guarding: guarding(.signal))
    addDeployRoutes(to: v1.group(), gate: guarding(.deploy))
    addIncidentRoutes(to: group(.read))
    addHoldRoutes(to: group(.admin))
    addCaptureRoutes(to: group(.read))
    addCaptureRequests(to: group(.admin))
    addRetryRoute(to: group(.admin))
    addBundleRoutes(to: group(.read))
    addBundleFileRoutes(to: group(.read))
    addWatchRoutes(to: group(.read))
    addReadershipRoute(to: group(.read))
    addAuditRoutes(to: group(.admin))
    addTokenRoutes(to: group(.admin))
    return router
  }

  /// Reads a whole body of at most `signals.max_body` bytes.
  func body(of request: Request) async throws -> [UInt8] {
    let limit = settings.value.configuration.signals.maxBody
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit {
      throw Problem(.contentTooLarge, "the body may have \(limit) bytes (signals.max_body)")
    }
    do {
      let buffer = try await request.body.collect(upTo: limit)
      return Array(buffer.readableBytesView)
    } catch is NIOTooManyBytesError {
      throw Problem(.contentTooLarge, "the body may have \(limit) bytes (signals.max_body)")
    }
  }
}

extension API {
  private func addHealthRoutes(to router: Router<APIContext>, guarding role: RequireRole) {
    router.get("healthz") { _, _ in text("ok\n") }
    router.get("readyz") { _, _ in
      try await database.ping()
      return text("ready\n")
    }
    router.get("metrics") { request, context in
      // Who is on this host sees as much of it by other means.
      if let peer = context.peer, peer.user == nil, !HTTPAddress(host: peer.remote, port: 0).isLoopback {
        _ = try await role.admit(request, context)
      }
      metrics.set("exhibit_capture_queue_length", to: Double(try await database.queueLength()))
      return text(metrics.text(), as: "text/plain; version=0.0.4")
    }
    router.get("openapi.json") { _, _ in try jsonResponse(APIDescription.document) }
  }

  private func text(_ text: String, as type: String = "text/plain; charset=utf-8") -> Response {
    Response(
      status: .ok, headers: [.contentType: type],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }
}

/// Headers as they may be kept: lower-case names, at most 64, none that carries a credential.
func storableHeaders(_ headers: HTTPFields) -> [String: String] {
  let secretive = ["auth", "token", "key", "cookie", "secret", "signature", "password", "credential"]
  var kept: [String: String] = [:]
  for field in headers where kept.count < 64 {
    let name = field.name.canonicalName
    guard !secretive.contains(where: name.contains) else { continue }
    kept[name] = String(field.value.prefix(1024))
  }
  return kept
}

extension HTTPField.Name {
  /// The sender's id of this delivery: the same again is a retry (the name is that of Standard Webhooks).
  static var deliveryID: Self? { Self("webhook-id") }
}

extension HTTPFields {
  subscript(name: HTTPField.Name?) -> String? { name.flatMap { self[$0] } }
}
