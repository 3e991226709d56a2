internal import Bundle
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOPosix

/// Compresses texts of some length for clients that take gzip (RFC 9110, section 12.5.3).
struct GzipMiddleware: RouterMiddleware {
  /// Below, a packet is a packet; above, the client is better off with a stream.
  static let sizes = 1024...(16 << 20)

  func handle(
    _ request: Request, context: APIContext, next: @concurrent (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var response = try await next(request, context)
    guard isText(response), response.headers[.contentEncoding] == nil, response.headers[.contentRange] == nil,
      let length = response.body.contentLength, Self.sizes.contains(length)
    else { return response }
    response.headers[.vary] = "Accept-Encoding"
    guard Self.takesGzip(request.headers[.acceptEncoding]) else { return response }
    let collected = CollectedBody()
    try await response.body.write(collected)
    let plain = Array(collected.buffer.readableBytesView)
    let compressed = try await NIOThreadPool.singleton.runIfActive { try GzipMember.compress(plain) }
    response.body = ResponseBody(byteBuffer: ByteBuffer(bytes: compressed))
    response.headers[.contentEncoding] = "gzip"
    // Another content, byte by byte, under one tag: it is the same only weakly.
    if let tag = response.headers[.eTag], !tag.hasPrefix("W/") { response.headers[.eTag] = "W/" + tag }
    return response
  }

  private func isText(_ response: Response) -> Bool {
    guard let type = response.headers[.contentType] else { return false }
    return type.hasPrefix("text/") || type.hasPrefix("application/json")
      || type.hasPrefix("application/jsonl")
      || type.hasPrefix("application/problem+json")
  }

  /// Whether `gzip`, or anything, is wanted with a weight above 0.
  static func takesGzip(_ header: String?) -> Bool {
    guard let header else { return false }
    var answer = false
    for element in header.lowercased().split(separator: ",") {
      let parts = element.split(separator: ";").map { $0.filter { !$0.isWhitespace } }
      guard let coding = parts.first, coding == "gzip" || coding == "x-gzip" || coding == "*" else {
        continue
      }
      let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.map { Double($0.dropFirst(2)) ?? 0 } ?? 1
      if coding != "*" { return weight > 0 }
      answer = weight > 0
    }
    return answer
  }
}

/// Takes a body up whole. Used by one task.
private final class CollectedBody: ResponseBodyWriter {
  private(set) var buffer = ByteBuffer()

  func write(_ part: ByteBuffer) async throws {
    buffer.writeImmutableBuffer(part)
  }

  func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
