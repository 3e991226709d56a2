internal import Evidence
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import ServiceLifecycle
internal import Storage

extension API {
  func addCaptureRoutes(to group: RouterGroup<APIContext>) {
    group.get("captures") { request, context in
      var (filter, query) = try captureFilter(request, also: ["state"])
      filter.state = try query.choice("state")
      let page = try await database.captures(
        matching: filter, after: query.text("cursor"), limit: query.limit())
      let rows = try await visible(page.elements, to: context.scope)
      return try jsonResponse(
        CaptureList(captures: rows.map { CaptureAnswer($0, progress: progress) }, next: page.next))
    }
    group.get("captures/:id") { _, context in
      try jsonResponse(CaptureAnswer(try await capture(context), progress: progress))
    }
    group.get("captures/:id/events") { _, context in
      let id = try await capture(context).id
      guard let place = listeners.take() else {
        throw Problem(
          .serviceUnavailable,
          "\(listeners.limit) listeners follow captures already; ask for its state instead",
          retryAfter: 5)
      }
      return Response(
        status: .ok, headers: [.contentType: "text/event-stream", .cacheControl: "no-store"],
        body: events(of: id, holding: place))
    }
  }

  func addCaptureRequests(to group: RouterGroup<APIContext>) {
    group.post("incidents/:id/captures") { request, context in
      let id = try context.parameters.require("id")
      let bytes = try await body(of: request)
      let wish =
        bytes.isEmpty
        ? CaptureBody()
        : try decoded(CaptureBody.self, from: bytes)
      let acceptance = try await intake.acceptManual(
        incident: id, title: wish.title, severity: wish.severity, body: bytes)
      await audit.settle(
        "capture.requested", by: context.principal, from: context.remote, subject: id,
        detail: acceptance.auditDetail)
      return try jsonResponse(AcceptanceAnswer(acceptance), status: .accepted)
    }
  }

  private func capture(_ context: APIContext) async throws -> CaptureRow {
    let id = try context.parameters.require("id")
    guard let row = try await database.capture(id) else {
      throw Problem(.notFound, "there is no capture of that id; GET /v1/captures lists them")
    }
    return row
  }

  /// Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): one `progress` whenever
  /// something changed, and `done` or `failed` at the end.
  ///
  /// The state is asked for rather than pushed: the database has it after a restart, too, and a listener that is slow
  /// misses steps instead of holding them in memory.
  private func events(of id: String, holding place: Allotment.Place) -> ResponseBody {
    ResponseBody { writer in
      defer { withExtendedLifetime(place) {} }
      var events = CaptureEvents()
      let end = ContinuousClock.now.advanced(by: CaptureEvents.longest)
      while !Task.isShuttingDownGracefully, !Task.isCancelled, ContinuousClock.now < end,
        let row = try await database.capture(id)
      {
        if let text = try events.text(CaptureAnswer(row, progress: progress), at: .now) {
          try await writer.write(ByteBuffer(string: text))
        }
        if row.state.isFinal { break }
        try await Task.sleep(for: CaptureEvents.interval)
      }
      try await writer.finish(nil)
    }
  }
}

/// What a listener of one capture is sent.
struct CaptureEvents {
  /// Between two looks at the capture.
  static let interval = Duration.milliseconds(100)
  /// A comment is sent after so long: a clock at the other end goes on, and whoever is gone is noticed.
  static let heartbeat = Duration.seconds(1)
  /// A listener that wants more asks again.
  static let longest = Duration.seconds(3600)

  private var latest = ""
  private var number = 0
  private var sentAt: ContinuousClock.Instant?

  /// - Returns: what to send now; `nil` for nothing.
  mutating func text(_ capture: CaptureAnswer, at now: ContinuousClock.Instant) throws -> String? {
    let data = try capture.json()
    guard data != latest else {
      guard let sentAt, sentAt.duration(to: now) >= Self.heartbeat else { return nil }
      self.sentAt = now
      return ": still \(capture.state.rawValue)\n\n"
    }
    latest = data
    number += 1
    sentAt = now
    let name = capture.state.isFinal ? capture.state.rawValue : "progress"
    return "id: \(number)\nevent: \(name)\ndata: \(data)\n\n"
  }
}
