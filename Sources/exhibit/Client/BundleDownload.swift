internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Fetches a bundle into a file next to its destination, takes up where an earlier try stopped, and checks
/// the digest.
///
/// File writes happen on the thread of the task: the command does nothing else meanwhile, and the connection
/// waits for them.
struct BundleDownload {
  /// Tries in a row that bring no byte before the download gives up.
  private static let maximumFailures = 5

  let client: AgentClient
  let bundle: BundleSummary
  /// Where the bundle will be; the download itself does not touch it.
  let destination: String

  /// The digest in the name keeps bytes of different bundles apart.
  var partPath: String { "\(destination).\(bundle.sha256.prefix(12)).part" }

  /// Downloads until all bytes are there and their digest is the bundle's.
  ///
  /// - Returns: the path of the complete file, on the disk.
  /// - Throws: `CommandFailure` on a wrong digest (the file is removed), `AgentError` when the agent does not
  ///   deliver (the part is kept), `FileError`.
  func run() async throws -> String {
    var part = try PartFile.open(partPath, limit: bundle.bytes)
    var line = ProgressLine()
    let resumedAt = part.count
    var failures = 0
    while part.count < bundle.bytes {
      let before = part.count
      do {
        try await receive(into: &part) {
          line.show(bundle.name, done: $0, total: bundle.bytes, resumedAt: resumedAt)
        }
      } catch let error as AgentError where error.isTransient {
        failures = part.count > before ? 1 : failures + 1
        guard failures < BundleDownload.maximumFailures else { throw interrupted(at: part.count, error) }
        try await Task.sleep(for: .milliseconds(250 << failures))
      }
    }
    let digest = try part.finish()
    guard digest == bundle.sha256 else {
      try FileSystem.remove(partPath)
      throw CommandFailure(
        .failed, "\(bundle.name) arrived damaged and was removed: SHA-256 is \(digest), not \(bundle.sha256)")
    }
    return partPath
  }

  /// One request: from where the part ends to the end of the answer.
  private func receive(into part: inout PartFile, progress: (Int) -> Void) async throws {
    let response = try await client.content(of: bundle, from: part.count)
    try check(response, offset: part.count)
    if response.status != .partialContent, part.count > 0 { try part.restart() }
    let request = "GET /v1/bundles/\(bundle.id)/content"
    var body = response.body.makeAsyncIterator()
    while true {
      let chunk: ByteBuffer?
      do {
        chunk = try await body.next()
      } catch {
        throw client.failure(error, during: request)
      }
      guard let chunk else { break }
      guard chunk.readableBytes <= bundle.bytes - part.count else {
        throw AgentError.unexpectedAnswer(
          client.endpoint, request: request, reason: "more bytes than announced")
      }
      try chunk.withUnsafeReadableBytes { (bytes) throws(FileError) in try part.append(bytes) }
      progress(part.count)
    }
    if part.count < bundle.bytes {
      throw AgentError.connectionLost(client.endpoint, reason: "the answer ended early")
    }
  }

  /// Refuses an answer whose bytes do not belong at `offset` of this bundle.
  private func check(_ response: HTTPClientResponse, offset: Int) throws(AgentError) {
    let request = "GET /v1/bundles/\(bundle.id)/content"
    if let tag = response.headers.first(name: "ETag"), tag != "\"\(bundle.sha256)\"" {
      throw .unexpectedAnswer(
        client.endpoint, request: request, reason: "ETag is \(tag), not the bundle's SHA-256")
    }
    guard response.status == .partialContent else { return }
    let range = response.headers.first(name: "Content-Range") ?? "missing"
    guard range.hasPrefix("bytes \(offset)-") else {
      throw .unexpectedAnswer(client.endpoint, request: request, reason: "Content-Range is \(range)")
    }
  }

  private func interrupted(at count: Int, _ error: AgentError) -> CommandFailure {
    CommandFailure(
      error.exitStatus,
      "download stopped at \(Units.bytes(count)) of \(Units.bytes(bundle.bytes)), run the same command to go on: "
        + "\(error)")
  }
}
