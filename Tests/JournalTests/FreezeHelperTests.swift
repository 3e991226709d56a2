import Evidence
import Foundation
import Testing

@testable import Journal

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite("The freeze helper")
struct FreezeHelperTests {
  @Test(
    "Nothing but the three requests is taken, and no path",
    arguments: [
      "", "sync", "sync 0", "sync 30001", "sync -1", "sync 5 ", "sync +5", "stop",
      "release ../../etc/passwd000000000000",
      "release 01ARZ3NDEKTSV4RRFFQ69G5FA", "release 01arz3ndektsv4rrffq69g5fav",
      "release 01ARZ3NDEKTSV4RRFFQ69G5FAV x",
      "pin 01ARZ3NDEKTSV4RRFFQ69G5FAV 5 4 1", "pin 01ARZ3NDEKTSV4RRFFQ69G5FAV 1 2",
      "pin ../../../../tmp/aaaaaaaaaaaaa 1 2 3",
      "pin 01ARZ3NDEKTSV4RRFFQ69G5FAV 1 2 99999999999999999999", "PIN 01ARZ3NDEKTSV4RRFFQ69G5FAV 1 2 3",
    ])
  func strict(line: String) {
    #expect(FreezeRequest(line) == nil)
  }

  @Test(
    "A request is the same after the wire",
    arguments: [
      FreezeRequest.sync(milliseconds: 2000), .release(capture: FreezeBench.capture),
      .pin(capture: FreezeBench.capture, window: window(0, 10), maximumBytes: 4 << 30),
    ])
  func requests(request: FreezeRequest) {
    #expect(FreezeRequest(request.line) == request)
    #expect(request.line.utf8.count < FreezeRequest.limit)
  }

  @Test("Answers are the same after the wire, whatever the texts hold")
  func answers() {
    let file = FrozenFile(
      path: "/var/log/journal/a b/user-1000@x.journal", readPath: "/var/log/journal/.exhibit/X/0.journal",
      method: .reflink, device: .max, inode: 7, bytes: 8 << 20, header: Array(0...255),
      refusal: "link: Operation\nnot permitted")
    #expect(FrozenFile(line: file.line) == file)
    var bare = file
    (bare.method, bare.readPath, bare.header, bare.refusal) = (.none, bare.path, [], nil)
    #expect(FrozenFile(line: bare.line) == bare)
    let sync = JournalSync(namespace: "web", outcome: .refused, seconds: 0.25, detail: "{\"error\": 1}")
    #expect(JournalSync(line: sync.line) == sync)
    #expect(
      ReleasedPins(line: ReleasedPins(files: 3, heldBytes: 9).line) == ReleasedPins(files: 3, heldBytes: 9))
    for line in [
      "", "file", "file link 1 2 3 zz - - /x", "file link 1 2 3 - - - ", "file rename 1 2 3 - - - /x",
    ] {
      #expect(FrozenFile(line: line) == nil)
    }
  }

  @Test("Client and helper pin, sync and release over a socket, and the helper ends when it is idle")
  func overASocket() throws {
    let bench = try FreezeBench()
    let path = try bench.fill("system.journal", from: 0)
    let server = try Listener(JournalPins(directory: bench.journal.path))
    let client = FreezeHelperClient(socket: server.path)
    #expect(try client.synchronize(timeout: .seconds(1)) == [])
    let files = try client.pin(FreezeBench.capture, window: window(0, 1000), maximumBytes: .max)
    #expect(files.map(\.path) == [path] && files.map(\.method) == [.link])
    #expect(files[0].parsedHeader?.entries == 10)
    #expect(try client.release(FreezeBench.capture) == ReleasedPins(files: 1, heldBytes: 0))
    #expect(bench.leftovers == [])

    let stream = try UnixStream.connect(to: server.path, until: .now.advanced(by: .seconds(5)))
    try stream.send(Array(repeating: UInt8(ascii: "x"), count: 1000))
    var answer: [UInt8] = []
    while try stream.receive(into: &answer, until: .now.advanced(by: .seconds(5))) {}
    #expect(String(decoding: answer, as: UTF8.self) == "error not a request\n")
    server.waitForEnd()
  }

  @Test("Files are pinned while journald takes its time to sync")
  func beside() throws {
    let pins = SlowPins()
    let server = try Listener(pins)
    let client = FreezeHelperClient(socket: server.path)
    let synced = DispatchSemaphore(value: 0)
    let thread = Thread {
      if (try? client.synchronize(timeout: .seconds(1)))?.map(\.outcome) == [.done] { synced.signal() }
    }
    thread.start()
    pins.isSyncing.wait()
    #expect(try client.pin(FreezeBench.capture, window: window(0, 1), maximumBytes: 1) == [])
    pins.mayEnd.signal()
    #expect(synced.wait(timeout: .now() + 30) == .success)
    server.waitForEnd()
  }

  @Test("Without a helper the freeze says so, and copies")
  func noHelper() throws {
    let client = FreezeHelperClient(socket: "/nonexistent/socket")
    #expect(throws: SystemFailure.self) { try client.synchronize(timeout: .seconds(1)) }
    #expect(throws: SystemFailure.self) {
      try client.pin(FreezeBench.capture, window: window(0, 1), maximumBytes: 1)
    }
  }

  @Test("journald's answers are told apart: done, an error, silence, no socket")
  func synchronizing() throws {
    let folder = try TemporaryFolder()
    let done = try Journald(folder.path + "/done", answer: Array(#"{"parameters":{}}"#.utf8) + [0])
    let error = try Journald(
      folder.path + "/error",
      answer: Array(#"{"error":"io.systemd.PermissionDenied","parameters":{}}"#.utf8) + [0])
    let silent = try Journald(folder.path + "/silent", answer: nil)
    let syncs = JournalSynchronizer.synchronize(
      ["done", "error", "silent", "missing"], timeout: .milliseconds(300)
    ) { "\(folder.path)/\($0)" }
    #expect(syncs.map(\.namespace) == ["done", "error", "silent", "missing"])
    #expect(syncs.map(\.outcome) == [.done, .refused, .timeout, .absent])
    #expect(syncs[1].detail?.contains("io.systemd.PermissionDenied") == true)
    #expect(done.request == #"{"method":"io.systemd.Journal.Synchronize","parameters":{}}"#)
    let freeze = JournalFreeze(
      captureID: FreezeBench.capture, from: window(0, 1).from,
      takenAt: window(0, 1).to, syncs: syncs,
      files: [])
    #expect(freeze.sync == .timeout)
    withExtendedLifetime((error, silent)) {}
  }
}

/// A listening unix socket in a folder of its own.
private func listen(at path: String) throws -> Int32 {
  let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  try #require(listener >= 0)
  var address = try #require(unixAddress(path))
  let bound = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
    }
  }
  try #require(bound == 0 && Glibc.listen(listener, 8) == 0)
  return listener
}

/// A journald that syncs when it is told to.
private struct SlowPins: JournalPinning {
  let isSyncing = DispatchSemaphore(value: 0)
  let mayEnd = DispatchSemaphore(value: 0)

  func synchronize(timeout: Duration) -> [JournalSync] {
    isSyncing.signal()
    mayEnd.wait()
    return [JournalSync(namespace: "", outcome: .done, seconds: 0)]
  }

  func pin(_ capture: String, window: TimeWindow, maximumBytes: Int) -> [FrozenFile] { [] }

  func release(_ capture: String) -> ReleasedPins { ReleasedPins() }
}

/// A helper on a thread of its own.
private final class Listener: @unchecked Sendable {
  // Safe: everything is set before the thread starts and only read after.
  let path: String
  private let folder: TemporaryFolder
  private let ended = DispatchSemaphore(value: 0)

  init(_ pins: any JournalPinning & Sendable) throws {
    folder = try TemporaryFolder()
    path = folder.path + "/socket"
    let listener = try listen(at: path)
    let ended = ended
    let thread = Thread {
      FreezeHelper(pins, idle: .milliseconds(500)).serve(listener: listener)
      close(listener)
      ended.signal()
    }
    thread.start()
  }

  func waitForEnd() { ended.wait() }
}

/// Answers one request like journald, or not at all.
private final class Journald: @unchecked Sendable {
  // Safe: `received` is written by the thread before the signal and read after the wait.
  private var received: [UInt8] = []
  private let ended = DispatchSemaphore(value: 0)

  init(_ path: String, answer: [UInt8]?) throws {
    let listener = try listen(at: path)
    let thread = Thread { [self] in
      let client = accept(listener, nil, nil)
      var buffer = [UInt8](repeating: 0, count: 1000)
      let count = recv(client, &buffer, buffer.count, 0)
      received = Array(buffer[..<max(0, count)])
      if let answer { send(client, answer, answer.count, 0) } else { usleep(800_000) }
      close(client)
      close(listener)
      ended.signal()
    }
    thread.start()
  }

  var request: String {
    ended.wait()
    return String(decoding: received.dropLast(), as: UTF8.self)
  }
}
