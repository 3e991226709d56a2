internal import Bundle
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Storage

extension API {
  func addBundleRoutes(to group: RouterGroup<APIContext>) {
    group.get("bundles") { request, context in
      var (filter, query) = try captureFilter(request)
      filter.withBundle = true
      let page = try await database.captures(
        matching: filter, after: query.text("cursor"), limit: query.limit())
      let rows = try await visible(page.elements, to: context.scope)
      return try jsonResponse(BundleList(bundles: rows.compactMap { BundleAnswer($0) }, next: page.next))
    }
    group.get("bundles/:id") { _, context in try jsonResponse(try await bundle(context)) }
    group.get("bundles/:id/content") { request, context in
      let bundle = try await bundle(context)
      try await audit.require(
        "bundle.pulled", by: context.principal, from: context.remote, subject: bundle.id,
        detail: request.headers[.range].map { "range \($0.prefix(64))" } ?? "")
      return try content(of: bundle, request: request, context: context)
    }
    group.head("bundles/:id/content") { request, context in
      let bundle = try await bundle(context)
      let condition = ConditionalRequest(tag: etag(bundle), fields: request.headers)
      var response = Response(status: condition.isKnown ? .notModified : .ok, headers: headers(of: bundle))
      response.headers[.contentLength] = condition.isKnown ? nil : String(bundle.bytes)
      return response
    }
  }

  /// The filter that listings of captures and of bundles have in common, and the rest of the query.
  func captureFilter(
    _ request: Request, also names: Set<String> = []
  ) throws(Problem) -> (CaptureFilter, ListQuery) {
    let query = try ListQuery(
      request, known: names.union(["incident", "phase", "since", "until", "cursor", "limit"]))
    var filter = CaptureFilter()
    filter.incident = try query.text("incident")
    filter.phase = try query.choice("phase")
    filter.since = try query.time("since")
    filter.until = try query.time("until")
    return (filter, query)
  }

  func visible(_ rows: [CaptureRow], to scope: AccessScope?) async throws -> [CaptureRow] {
    guard let scope else { return rows }
    var visible: [CaptureRow] = []
    for row in rows {
      if let incident = try await database.incident(row.incidentID), scope.allows(incident) {
        visible.append(row)
      }
    }
    return visible
  }

  func bundle(_ context: APIContext) async throws -> BundleAnswer {
    let id = try context.parameters.require("id")
    let row = try await database.capture(id)
    if let expired = row?.bundleExpiredAt { throw Problem.expired(at: expired) }
    guard let bundle = row.flatMap({ BundleAnswer($0) }) else {
      throw Problem(.notFound, "there is no bundle of that id; GET /v1/bundles lists them")
    }
    try requireFile(of: bundle)
    return bundle
  }

  func requireFile(of bundle: BundleAnswer) throws(Problem) {
    guard bundles.size(of: bundle.name) == bundle.bytes else {
      throw Problem(.gone, "the bundle's file is gone or was changed on the agent's disk")
    }
  }

  private func headers(of bundle: BundleAnswer) -> HTTPFields {
    [
      .contentType: ContainerFormat(fileName: bundle.name)?.mediaType ?? "application/octet-stream",
      .eTag: etag(bundle), .acceptRanges: "bytes",
      .contentDisposition: "attachment; filename=\"\(bundle.name)\"", .cacheControl: "private, immutable",
    ]
  }

  /// RFC 9110: conditional and range requests. One range is served; several are answered with the whole.
  private func content(
    of bundle: BundleAnswer, request: Request, context: APIContext
  ) throws -> Response {
    var fields = headers(of: bundle)
    let condition = ConditionalRequest(tag: etag(bundle), fields: request.headers)
    if condition.isKnown { return Response(status: .notModified, headers: fields) }
    func body(_ range: Range<Int>) -> ResponseBody {
      FileBody(path: bundles.file(named: bundle.name), range: range, channel: context.channel).body
    }
    switch condition.range(of: bundle.bytes) {
    case .whole:
      return Response(status: .ok, headers: fields, body: body(0..<bundle.bytes))
    case .part(let range):
      fields[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(bundle.bytes)"
      return Response(status: .partialContent, headers: fields, body: body(Range(range)))
    case .unsatisfiable:
      var problem = try Problem(.rangeNotSatisfiable, "the bundle has \(bundle.bytes) bytes").response()
      problem.headers[.contentRange] = "bytes */\(bundle.bytes)"
      return problem
    }
  }

  private func etag(_ bundle: BundleAnswer) -> String { "\"\(bundle.sha256)\"" }
}
