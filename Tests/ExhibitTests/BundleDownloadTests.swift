import Foundation
import Testing

@testable import exhibit

@Suite("A download", .enabled(if: FakeAgent.isAvailable, "needs python3"))
struct BundleDownloadTests {
  private let folder: TemporaryFolder
  private let content = randomBytes(300_000)
  private let source: String

  init() throws {
    folder = try TemporaryFolder()
    source = try folder.file("source", content)
  }

  /// Downloads the agent's bundle to `out` in the folder.
  private func download(_ agent: FakeAgent) async throws -> String {
    try await AgentClient.with(endpoint: agent.endpoint, token: nil) { client in
      let bundle = try await client.bundle("01KB3Z00000000000000000001")
      return try await BundleDownload(client: client, bundle: bundle, destination: folder.path("out")).run()
    }
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path)))
  }

  private func parts() throws -> [String] {
    try folder.names().filter { $0.hasSuffix(".part") }
  }

  @Test("brings the bytes under the name of a part")
  func whole() async throws {
    let path = try await download(FakeAgent(in: folder, "--bundle", source))
    #expect(path.hasSuffix(".part"))
    #expect(try bytes(path) == content)
    #expect(try !folder.names().contains("out"))
  }

  @Test("goes on where a cut connection left it, as long as it moves", arguments: [[], ["--ignore-range"]])
  func cut(_ options: [String]) async throws {
    let agent =
      options.isEmpty
      ? try FakeAgent(in: folder, "--bundle", source, "--cut", "150000")
      : try FakeAgent(in: folder, "--bundle", source, "--cut", "150000", "--cuts", "1", "--ignore-range")
    #expect(try bytes(await download(agent)) == content)
    let requests = try agent.requests().filter { $0.contains("/content") }
    let starts = requests.compactMap { $0.split(separator: "=").last?.dropLast() }.compactMap { Int($0) }
    #expect(requests.first?.hasSuffix("range=None") == true)
    #expect(starts.count == requests.count - 1 && !starts.isEmpty)
    // What a broken connection delivers before its end is the network's choice; it must never go back.
    #expect(starts == Array(Set(starts)).sorted())
  }

  @Test("takes up the part of an earlier run")
  func resume() async throws {
    let path = try await download(FakeAgent(in: folder, "--bundle", source))
    try Data(content.prefix(123_456)).write(to: URL(filePath: path))
    let agent = try FakeAgent(in: folder, "--bundle", source)
    #expect(try bytes(await download(agent)) == content)
    #expect(
      try agent.requests().last == "GET /v1/bundles/01KB3Z00000000000000000001/content range=bytes=123456-")
  }

  @Test("gives up when nothing moves, and keeps what it has")
  func stuck() async throws {
    let first = try await download(FakeAgent(in: folder, "--bundle", source))
    try Data(content.prefix(1000)).write(to: URL(filePath: first))
    let agent = try FakeAgent(in: folder, "--bundle", source, "--cut", "0")
    let error = await #expect(throws: CommandFailure.self) { try await download(agent) }
    #expect(error?.status == .unavailable)
    #expect(
      error?.description.hasPrefix("download stopped at 1000 B of 293.0 KiB, run the same command") == true)
    #expect(try bytes(first) == Array(content.prefix(1000)))
  }

  @Test("is removed when its digest is wrong")
  func damaged() async throws {
    let agent = try FakeAgent(in: folder, "--bundle", source, "--wrong-digest")
    let error = await #expect(throws: CommandFailure.self) { try await download(agent) }
    #expect(error?.status == .failed)
    #expect(error?.description.contains("arrived damaged") == true)
    #expect(try parts().isEmpty)
  }

  @Test("of damaged bytes in a part is removed, so that the next run begins anew")
  func damagedPart() async throws {
    let path = try await download(FakeAgent(in: folder, "--bundle", source))
    try Data(randomBytes(1000)).write(to: URL(filePath: path))
    let agent = try FakeAgent(in: folder, "--bundle", source)
    await #expect(throws: CommandFailure.self) { try await download(agent) }
    #expect(try parts().isEmpty)
    #expect(try bytes(await download(agent)) == content)
  }

  @Test("begins anew where a part is longer than the bundle")
  func longPart() async throws {
    let path = try await download(FakeAgent(in: folder, "--bundle", source))
    try Data(content + [0]).write(to: URL(filePath: path))
    #expect(try bytes(await download(FakeAgent(in: folder, "--bundle", source))) == content)
  }

  @Test("is alone with its part")
  func locked() async throws {
    let agent = try FakeAgent(in: folder, "--bundle", source)
    let path = try await download(agent)
    let held = try PartFile.open(path, limit: .max)
    let error = await #expect(throws: CommandFailure.self) { try await download(agent) }
    #expect(error?.description.contains("another download") == true)
    #expect(held.count == content.count)
  }
}
