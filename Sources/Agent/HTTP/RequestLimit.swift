internal import Hummingbird

/// Turns away what one address asks beyond `listen.max_requests`, before anything is looked at. With 503, as an
/// overload: senders of alerts take a 429 for final.
struct RequestLimit: RouterMiddleware {
  let limits: AddressLimits
  let settings: CurrentSettings
  let metrics: AgentMetrics

  func handle(
    _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    let perSecond = settings.value.configuration.listen.maxRequests
    let outcome = limits.use(addressGroup(context.remote), burst: perSecond, perSecond: Double(perSecond))
    guard outcome == .allowed else {
      metrics.count("exhibit_requests_limited_total")
      throw Problem(
        .serviceUnavailable,
        "your address sends more than \(perSecond) requests a second (listen.max_requests)",
        retryAfter: 1)
    }
    return try await next(request, context)
  }
}
