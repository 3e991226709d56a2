import Bundle
import Capture
import Deploys
import Evidence
import Foundation
import Redaction
import Testing

@Suite("Observers")
struct ObserverTests {
  let bench: CaptureBench

  init() throws {
    bench = try CaptureBench()
  }

  private func write(_ text: String, to path: String) throws {
    let url = URL(filePath: bench.folder + path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func link(_ path: String, to target: String) throws {
    let url = URL(filePath: bench.folder + path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    _ = unlink(url.path(percentEncoded: false))
    try FileManager.default.createSymbolicLink(
      atPath: url.path(percentEncoded: false), withDestinationPath: target)
  }

  @Test(
    "host: a reboot into another kernel, system image and generation, and a second look that sees nothing new"
  )
  func host() throws {
    let root = bench.folder + "/root"
    func boot(_ number: Int) throws {
      try write("boot-\(number)\n", to: "/root/proc/sys/kernel/random/boot_id")
      try write("6.1.0-\(number)\n", to: "/root/proc/sys/kernel/osrelease")
      try write("#\(number) SMP\n", to: "/root/proc/sys/kernel/version")
      try write("quiet ostree=/ostree/boot.1/fedora/abc/0\n", to: "/root/proc/cmdline")
      try write("cpu 1\nbtime \(1_795_500_000 + number)\n", to: "/root/proc/stat")
      try write("PRETTY_NAME=\"Fedora 4\(number)\"\n", to: "/root/etc/os-release")
      try link("/root/ostree/boot.1/fedora/abc/0", to: "../../../deploy/fedora/deploy/\(number)f00.0")
      try link("/root/nix/var/nix/profiles/system", to: "system-4\(number)-link")
    }
    let observer = HostObserver(root: root)
    try boot(1)
    let first = try #require(try observer.observe(after: nil, at: .noon, redactor: bench.redactor))
    #expect(first.changes.isEmpty)
    try boot(2)
    let second = try #require(try observer.observe(after: first.cursor, at: .noon, redactor: bench.redactor))
    #expect(second.changes.map(\.kind.rawValue) == ["kernel", "os", "deployment", "generation"])
    #expect(second.changes.map(\.before) == ["6.1.0-1 #1 SMP", "Fedora 41", "1f00.0", "system-41-link"])
    #expect(second.changes.map(\.after) == ["6.1.0-2 #2 SMP", "Fedora 42", "2f00.0", "system-42-link"])
    #expect(second.changes.allSatisfy { $0.at == Timestamp(seconds: 1_795_500_002) })
    let third = try #require(try observer.observe(after: second.cursor, at: .noon, redactor: bench.redactor))
    #expect(third.changes.isEmpty)
  }

  /// Writes entries to a journal of the bench.
  private func journal(_ entries: [(seconds: Double, fields: [String: String])]) throws -> String {
    let folder = bench.folder + "/journal"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    var export = ""
    for (index, entry) in entries.enumerated() {
      let time = Timestamp.noon.adding(seconds: entry.seconds).microseconds
      export += "__REALTIME_TIMESTAMP=\(time)\n__MONOTONIC_TIMESTAMP=\(1_000_000 + index)\n"
      export += "_BOOT_ID=\(String(repeating: "1", count: 32))\n"
      for (name, value) in entry.fields.sorted(by: { $0.key < $1.key }) { export += "\(name)=\(value)\n" }
      export += "\n"
    }
    let process = Process()
    process.executableURL = URL(filePath: Self.remote)
    process.arguments = ["-o", folder + "/\(UUID().uuidString).journal", "-"]
    let input = Pipe()
    process.standardInput = input
    process.standardError = FileHandle.nullDevice
    try process.run()
    try input.fileHandleForWriting.write(contentsOf: Data(export.utf8))
    try input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return folder
  }

  private static let remote = "/lib/systemd/systemd-journal-remote"

  private func podman(_ event: String, _ name: String, _ image: String) -> [String: String] {
    [
      "SYSLOG_IDENTIFIER": "podman", "MESSAGE": "container \(event)", "PODMAN_EVENT": event,
      "PODMAN_TYPE": "container",
      "PODMAN_NAME": name, "PODMAN_IMAGE": image,
    ]
  }

  @Test(
    "podman: however often one looks, each change is told once, and none is skipped",
    .enabled(if: FileManager.default.isExecutableFile(atPath: remote), "needs systemd-journal-remote"))
  func podman() throws {
    let images = ["nginx:1", "nginx:2", "nginx:2", "nginx:3", "nginx:4", "nginx:5"]
    let entries = images.enumerated().map {
      (seconds: Double($0.offset) * 10, fields: podman("create", "web", "docker.io/\($0.element)"))
    }
    let noise = [
      (seconds: 5.0, fields: ["SYSLOG_IDENTIFIER": "cron", "MESSAGE": "x", "PODMAN_EVENT": "create"])
    ]
    let directory = try journal((entries + noise).sorted { $0.seconds < $1.seconds })
    let expected = ["1→2", "2→3", "3→4", "4→5"]
    for step in [3.0, 7, 10, 60] {
      var cursor: String?
      var seen: [String] = []
      for look in stride(from: 0.0, through: 120, by: step) {
        // A value of its own each time: a restart of the agent.
        let observer = PodmanObserver(directory: directory)
        let observation = try #require(
          try observer.observe(
            after: cursor, at: Timestamp.noon.adding(seconds: look), redactor: bench.redactor))
        cursor = observation.cursor
        seen += observation.changes.map { change in
          [change.before, change.after].map { $0?.split(separator: ":").last.map(String.init) ?? "" }
            .joined(separator: "→")
        }
      }
      #expect(seen == expected, "looked every \(step) s")
    }
  }

  /// A daemon that answers each request with these lines.
  private func server(_ lines: [String], status: String = "200 OK") throws -> (
    socket: String, life: FileHandle
  ) {
    let socket = bench.folder + "/docker.sock"
    _ = unlink(socket)
    try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: bench.folder + "/answer"))
    let script = """
      import os, socket, sys, threading
      # The test holds the other end.
      threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
      listener = socket.socket(socket.AF_UNIX)
      listener.bind(sys.argv[1])
      listener.listen(8)
      print("ready", flush=True)
      while True:
        connection, _ = listener.accept()
        request = connection.recv(65536).decode()
        open(sys.argv[3], "a").write(request.split("\\r\\n")[0] + "\\n")
        body = open(sys.argv[2]).read()
        connection.sendall(("HTTP/1.0 " + sys.argv[4] + "\\r\\nContent-Type: application/json\\r\\n\\r\\n" + body).encode())
        connection.close()
      """
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c", script, socket, bench.folder + "/answer", bench.folder + "/requests", status,
    ]
    let (input, output) = (Pipe(), Pipe())
    (process.standardInput, process.standardOutput) = (input, output)
    process.standardError = FileHandle.nullDevice
    try process.run()
    _ = try output.fileHandleForReading.read(upToCount: 1)
    return (socket, input.fileHandleForWriting)
  }

  private func create(_ nanoseconds: Int64, _ image: String) -> String {
    let time = Timestamp.noon.nanoseconds + nanoseconds
    return """
      {"status":"create","id":"f0","from":"\(image)","Type":"container","Action":"create","Actor":{"ID":"f0",\
      "Attributes":{"image":"\(image)","name":"web"}},"scope":"local","time":\(time / 1_000_000_000),"timeNano":\(time)}
      """
  }

  @Test("docker: asks for what came since the last event, and passes over what it saw")
  func docker() throws {
    let (socket, life) = try server([create(1, "nginx:1"), create(2, "nginx:2")])
    defer { close(life) }
    let observer = DockerObserver(socket: socket)
    let first = try #require(try observer.observe(after: nil, at: .noon, redactor: bench.redactor))
    #expect(first.changes.map(\.after) == ["nginx:2"])
    let again = try #require(try observer.observe(after: first.cursor, at: .noon, redactor: bench.redactor))
    #expect(again.changes.isEmpty && again.cursor == first.cursor)
    try Data((create(2, "nginx:2") + "\n" + create(3, "nginx:3") + "\n").utf8)
      .write(to: URL(filePath: bench.folder + "/answer"))
    let third = try #require(try observer.observe(after: again.cursor, at: .noon, redactor: bench.redactor))
    #expect(third.changes.map(\.before) == ["nginx:2"] && third.changes.map(\.after) == ["nginx:3"])
    let requests = try String(contentsOfFile: bench.folder + "/requests", encoding: .utf8).split(
      separator: "\n")
    #expect(requests.count == 3 && requests[2].contains("since=\(Timestamp.noon.seconds).000000002&until="))
  }

  @Test("docker: a full buffer that begins after the last look is a gap, and one that reaches back is none")
  func dockerLoss() throws {
    let events = (1...256).map { create(Int64($0) * 1000, "nginx:\($0)") }
    let (socket, life) = try server(events)
    defer { close(life) }
    let observer = DockerObserver(socket: socket)
    let first = try #require(try observer.observe(after: nil, at: .noon, redactor: bench.redactor))
    #expect(first.changes.count == 255 && first.gaps.isEmpty)
    let again = try #require(try observer.observe(after: first.cursor, at: .noon, redactor: bench.redactor))
    #expect(again.changes.isEmpty && again.gaps.isEmpty)
    try Data((257...512).map { create(Int64($0) * 1000 + 5, "nginx:\($0)") + "\n" }.joined().utf8)
      .write(to: URL(filePath: bench.folder + "/answer"))
    let later = try #require(try observer.observe(after: again.cursor, at: .noon, redactor: bench.redactor))
    #expect(later.changes.count == 256 && later.gaps.map(\.cause) == [.budget])
    #expect(later.gaps.first?.from == Timestamp(nanoseconds: Timestamp.noon.nanoseconds + 256_000))
    #expect(later.gaps.first?.to == Timestamp(nanoseconds: Timestamp.noon.nanoseconds + 257_005))
  }

  @Test("docker: no daemon, and one that refuses, are errors that say what to do")
  func dockerErrors() throws {
    let none = DockerObserver(socket: bench.folder + "/none.sock")
    #expect { try none.observe(after: nil, at: .noon, redactor: bench.redactor) } throws: {
      "\($0)".contains("none.sock: connect: No such file")
    }
    let (socket, life) = try server(["{}"], status: "403 Forbidden")
    defer { close(life) }
    #expect {
      try DockerObserver(socket: socket).observe(after: nil, at: .noon, redactor: bench.redactor)
    } throws: {
      "\($0)".contains("HTTP/1.0 403 Forbidden")
    }
  }

  @Test(
    "what was observed is an artifact and on the timeline, and what could not be is a gap within the window")
  func collector() async throws {
    let change = """
      {"after":"nginx:2","at":"\(Timestamp.noon.adding(seconds: -60).rfc3339)","before":"nginx:1","kind":"container",\
      "source":"podman","subject":"web"}
      """
    let start = Timestamp.noon.adding(seconds: -600)
    let result = try await bench.run([
      ObservedCollector(
        limits: CollectorLimits(seconds: 20, bytes: 1 << 20),
        look: {
          [
            Gap(
              artifact: "deploys/observed.jsonl", from: Timestamp(nanoseconds: .min), to: start,
              cause: .historyStart, detail: "young"),
            Gap(
              artifact: "deploys/observed.jsonl", from: Timestamp(nanoseconds: .min),
              to: Timestamp.noon.adding(seconds: -7200), cause: .historyStart, detail: "old"),
          ]
        }, documents: { _ in [change] })
    ])
    let artifact = try #require(result.manifest.artifact("deploys/observed.jsonl"))
    #expect(artifact.records == 1 && artifact.gaps.map(\.detail) == ["young"])
    #expect(
      artifact.gaps.first?.from == Timestamp.noon.adding(seconds: -3600) && artifact.gaps.first?.to == start)
    let timeline = try BundleReader(path: result.bundle.path).read("timeline.jsonl", limit: 1 << 20)
    #expect(String(decoding: timeline, as: UTF8.self).contains("container web: nginx:1→nginx:2"))
  }

  private func close(_ life: FileHandle) {
    do { try life.close() } catch { Issue.record(error) }
  }
}
