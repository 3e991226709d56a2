internal import Bundle
internal import Capture
internal import Crypto
internal import Evidence
internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import Storage

/// The files of a bundle, as its `evidence.json` lists them.
struct BundleFileList: Encodable {
  var files: [ArtifactRecord]
}

extension API {
  /// Single files out of a bundle, unpacked here: a timeline need not cost the download of the logs.
  func addBundleFileRoutes(to group: RouterGroup<APIContext>) {
    group.get("bundles/:id/files") { _, context in
      let bundle = try await bundle(context)
      let place = try filePlace()
      let path = bundles.file(named: bundle.name)
      defer { withExtendedLifetime(place) {} }
      let manifest = try await DedicatedThread.run("exh-files") { try BundleReader(path: path).manifest() }
      return try jsonResponse(BundleFileList(files: manifest.artifacts.filter { $0.sha256 != nil }))
    }
    group.get("bundles/:id/files/**") { request, context in
      let bundle = try await bundle(context)
      let file = try filePath(context.parameters.getCatchAll())
      return try await content(
        of: file, in: bundle, as: "bundle.file.read", request: request, context: context)
    }
  }

  /// Answers a payload file of a bundle.
  ///
  /// - Parameters:
  ///   - file: which.
  ///   - bundle: of which bundle.
  ///   - action: what the audit calls it; it ends in `.read`.
  ///   - request: whose condition is looked at.
  ///   - context: who asks.
  /// - Returns: the file, as it is in the bundle.
  /// - Throws: `Problem`: 404 where the bundle has no such file, 503 while too many files are read.
  func content(
    of file: PayloadPath, in bundle: BundleAnswer, as action: String, request: Request, context: APIContext
  ) async throws -> Response {
    try requireFile(of: bundle)
    let type = mediaType(of: file.text)
    let fields: HTTPFields = [
      .contentType: type, .eTag: fileTag(bundle, file), .cacheControl: "private, immutable",
      .xContentTypeOptions: "nosniff",
      .contentDisposition: "attachment; filename=\"\(file.text.split(separator: "/").last ?? "file")\"",
      // Captured text must not become a page of this agent's in somebody's browser.
      .contentSecurityPolicy: "sandbox",
    ]
    if ConditionalRequest(tag: fileTag(bundle, file), fields: request.headers).isKnown {
      return Response(status: .notModified, headers: fields)
    }
    let place = try filePlace()
    let path = bundles.file(named: bundle.name)
    let stream = try await DedicatedThread.run("exh-file") { try open(file, ofBundle: path) }
    try await audit.require(
      action, by: context.principal, from: context.remote, subject: bundle.id, detail: file.text)
    return Response(status: .ok, headers: fields, body: Self.body(of: stream, holding: place))
  }

  private static func body(of stream: PayloadStream, holding place: Allotment.Place) -> ResponseBody {
    ResponseBody(contentLength: stream.size) { writer in
      defer { withExtendedLifetime(place) {} }
      var left = stream.size
      while left > 0 {
        let bytes = try await DedicatedThread.run("exh-file") { try stream.next(512 << 10) }
        // The archive ended early; the length that was announced tells the reader.
        guard !bytes.isEmpty else { throw BundleError.damaged(place: "data", detail: "a file is cut off") }
        left -= bytes.count
        try await writer.write(ByteBuffer(bytes: bytes))
      }
      try await writer.finish(nil)
    }
  }

  private func filePlace() throws(Problem) -> Allotment.Place {
    guard let place = fileReads.take() else {
      throw Problem(
        .serviceUnavailable, "\(fileReads.limit) files of bundles are read at this moment; come again",
        retryAfter: 5)
    }
    return place
  }

  private func filePath(_ segments: [Substring]) throws(Problem) -> PayloadPath {
    guard let text = segments.joined(separator: "/").removingPercentEncoding else { throw noFile }
    do throws(BundleError) {
      return try PayloadPath(text)
    } catch {
      throw noFile
    }
  }
}

private let noFile = Problem(
  .notFound, "the bundle holds no such file; GET /v1/bundles/{id}/files lists them")

private func open(_ file: PayloadPath, ofBundle path: String) throws -> PayloadStream {
  do throws(BundleError) {
    return try PayloadStream(file.text, ofBundle: path)
  } catch {
    guard case .notFound = error else { throw error }
    throw noFile
  }
}

/// Bundle and path name the content: neither ever changes.
private func fileTag(_ bundle: BundleAnswer, _ file: PayloadPath) -> String {
  let digest = SHA256.hash(data: Data("\(bundle.sha256) \(file.text)".utf8))
  return "\"" + digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "\""
}

private func mediaType(of file: String) -> String {
  switch file.split(separator: ".").last {
  case "json": "application/json"
  case "jsonl": "application/jsonl"
  case "md": "text/markdown; charset=utf-8"
  case "patch": "text/x-diff; charset=utf-8"
  case "html": "text/html; charset=utf-8"
  case "txt": "text/plain; charset=utf-8"
  default: "application/octet-stream"
  }
}
