internal import Bundle
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Storage

extension API {
  func addBundleRoutes(to group: RouterGroup<APIContext>) {
    group.get("bundles") { request, context in
      let page = try await database.bundles(
        after: request.uri.queryParameters["cursor"].map(String.init), limit: try limit(of: request))
      let rows = try await visible(page.elements, to: context.scope)
      return try jsonResponse(BundleList(bundles: rows.compactMap { BundleAnswer($0) }, next: page.next))
    }
    group.get("bundles/:id") { _, context in try jsonResponse(try await bundle(context)) }
    group.get("bundles/:id/content") { request, context in
      let bundle = try await bundle(context)
      try await audit.require(
        "bundle.pulled", by: context.principal, from: context.remote, subject: bundle.id,
        detail: request.headers[.range].map { "range \($0.prefix(64))" } ?? "")
      return try await content(of: bundle, request: request, context: context)
    }
    group.head("bundles/:id/content") { _, context in
      let bundle = try await bundle(context)
      var response = Response(status: .ok, headers: headers(of: bundle))
      response.headers[.contentLength] = String(bundle.bytes)
      return response
    }
  }

  private func visible(_ rows: [CaptureRow], to scope: AccessScope?) async throws -> [CaptureRow] {
    guard let scope else { return rows }
    var visible: [CaptureRow] = []
    for row in rows {
      if let incident = try await database.incident(row.incidentID), scope.allows(incident) {
        visible.append(row)
      }
    }
    return visible
  }

  private func bundle(_ context: APIContext) async throws -> BundleAnswer {
    let id = try context.parameters.require("id")
    guard let row = try await database.capture(id), let bundle = BundleAnswer(row) else {
      throw Problem(.notFound, "there is no bundle of that id; GET /v1/bundles lists them")
    }
    guard bundles.size(of: bundle.name) == bundle.bytes else {
      throw Problem(.gone, "the bundle's file is gone or was changed on the agent's disk")
    }
    return bundle
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
  ) async throws -> Response {
    var fields = headers(of: bundle)
    if request.headers[.ifNoneMatch] == etag(bundle) {
      return Response(status: .notModified, headers: fields)
    }
    let files = FileIO()
    let path = bundles.file(named: bundle.name)
    let wanted = request.headers[.ifRange].map { $0 == etag(bundle) } ?? true
    switch wanted ? ByteRange.parse(request.headers[.range], size: bundle.bytes) : .whole {
    case .whole:
      return Response(
        status: .ok, headers: fields, body: try await files.loadFile(path: path, context: context))
    case .part(let range):
      fields[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(bundle.bytes)"
      return Response(
        status: .partialContent, headers: fields,
        body: try await files.loadFile(path: path, range: range, context: context))
    case .unsatisfiable:
      var problem = try Problem(.rangeNotSatisfiable, "the bundle has \(bundle.bytes) bytes").response()
      problem.headers[.contentRange] = "bytes */\(bundle.bytes)"
      return problem
    }
  }

  private func etag(_ bundle: BundleAnswer) -> String { "\"\(bundle.sha256)\"" }
}

/// A `Range` header against a file (RFC 9110, section 14).
enum ByteRange: Equatable {
  case whole
  case part(ClosedRange<Int>)
  case unsatisfiable

  /// What is to be sent. A header of another unit, of several ranges or of no sense is to be ignored: `.whole`.
  static func parse(_ header: String?, size: Int) -> ByteRange {
    guard let header, header.hasPrefix("bytes="), !header.contains(",") else { return .whole }
    let bounds = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard bounds.count == 2 else { return .whole }
    let isSuffix = bounds[0].isEmpty
    guard let first = Int(isSuffix ? bounds[1] : bounds[0]), first >= 0 else { return .whole }
    if isSuffix {
      return first == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - first)...(size - 1))
    }
    guard bounds[1].isEmpty || Int(bounds[1]) != nil else { return .whole }
    let last = min(Int(bounds[1]) ?? size - 1, size - 1)
    if let end = Int(bounds[1]), end < first { return .whole }
    return first < size ? .part(first...last) : .unsatisfiable
  }
}
