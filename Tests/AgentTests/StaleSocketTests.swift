import Foundation
import Glibc
import Testing

@testable import Agent

@Suite("The place of the agent's socket")
struct StaleSocketTests {
  private let folder = FileManager.default.temporaryDirectory.appending(path: "exhibit-\(UUID().uuidString)")
  private var path: String { folder.appending(path: "s").path }

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// - Returns: a socket that is bound there, and listens.
  private func listen() throws -> Int32 {
    let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(result == 0 && Glibc.listen(descriptor, 1) == 0)
    return descriptor
  }

  @Test("is made free of a socket that nobody listens at, and of nothing else")
  func stale() throws {
    defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
    try StaleSocket.remove(path)
    let descriptor = try listen()
    let inUse = #expect(throws: StateFolderError.self) { try StaleSocket.remove(path) }
    #expect(inUse?.description.contains("another process listens at \(path)") == true)
    close(descriptor)
    try StaleSocket.remove(path)
    #expect(!FileManager.default.fileExists(atPath: path))
    try Data("precious".utf8).write(to: URL(filePath: path))
    let file = #expect(throws: StateFolderError.self) { try StaleSocket.remove(path) }
    #expect(file?.description.contains("is no socket, and is left alone") == true)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
  }
}
