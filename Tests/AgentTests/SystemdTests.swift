import Agent
import Foundation
import Logging
import Synchronization
import Testing

/// systemd's end of `$NOTIFY_SOCKET`: a datagram socket in a folder of its own.
///
/// Only used in exit tests: the environment of a process of its own is changed.
private struct NotifySocket {
  let folder: String
  let path: String
  private let descriptor: Int32

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "exhibit-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
    path = "\(folder)/notify"
    descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(descriptor >= 0 && bound == 0)
    setenv("NOTIFY_SOCKET", path, 1)
  }

  /// The next message.
  func receive() -> String {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }

  func remove() {
    close(descriptor)
    try? FileManager.default.removeItem(atPath: folder)
  }
}

@Suite("systemd")
struct SystemdTests {
  @Test("is told how the service is")
  func notifications() async {
    await #expect(processExitsWith: .success) {
      let systemd = try NotifySocket()
      defer { systemd.remove() }
      let notifier = SystemdNotifier(logger: Logger(label: "test"))
      notifier.ready()
      #expect(systemd.receive() == "READY=1")
      notifier.reloading()
      let reloading = systemd.receive()
      #expect(reloading.wholeMatch(of: #/RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]+/#) != nil)
      notifier.status("2 captures\nREADY=1")
      #expect(systemd.receive() == "STATUS=2 captures READY=1")
      notifier.alive()
      #expect(systemd.receive() == "WATCHDOG=1")
      notifier.stopping()
      #expect(systemd.receive() == "STOPPING=1")
    }
  }

  @Test(
    "that is not there is not missed, and one that does not listen is logged",
    arguments: [nil, "/nowhere/notify"])
  func absent(path: String?) async {
    await #expect(processExitsWith: .success) { [path] in
      if let path { setenv("NOTIFY_SOCKET", path, 1) } else { unsetenv("NOTIFY_SOCKET") }
      let logged = Mutex<[String]>([])
      let writer = LogWriter { record in logged.withLock { $0.append(record.message) } }
      let logger = Logger(label: "test") { _ in JournalLogHandler(writer: writer, level: .info) }
      SystemdNotifier(logger: logger).ready()
      #expect(writer.flush(timeout: .seconds(60)))
      #expect(logged.withLock { $0 } == (path == nil ? [] : ["Could not notify systemd, ignoring"]))
    }
  }

  @Test("sets the watchdog's interval for the process that it means")
  func interval() async {
    await #expect(processExitsWith: .success) {
      setenv("WATCHDOG_USEC", "3000000", 1)
      setenv("WATCHDOG_PID", "\(getpid())", 1)
      #expect(SystemdNotifier.watchdogInterval == .seconds(3))
      setenv("WATCHDOG_PID", "1", 1)
      #expect(SystemdNotifier.watchdogInterval == nil)
      unsetenv("WATCHDOG_USEC")
      #expect(SystemdNotifier.watchdogInterval == nil)
    }
  }

  /// The first answer to "are you healthy?": no, or none in time.
  enum FirstAnswer: String, CaseIterable, Codable, Sendable {
    case no, none
  }

  @Test("hears of life only from a healthy agent", arguments: FirstAnswer.allCases)
  func watchdog(first: FirstAnswer) async {
    await #expect(processExitsWith: .success) { [first] in
      let systemd = try NotifySocket()
      defer { systemd.remove() }
      let notifier = SystemdNotifier(logger: Logger(label: "test"))
      let asked = Mutex(0)
      let service = WatchdogService(
        notifier: notifier, interval: .milliseconds(40), logger: Logger(label: "test")
      ) {
        let number = asked.withLock { asked in
          asked += 1
          return asked
        }
        notifier.status("asked \(number)")
        guard number == 1 else { return true }
        if first == .none { try? await Task.sleep(for: .seconds(3600)) }
        return false
      }
      let running = Task { try await service.run() }
      #expect(systemd.receive() == "STATUS=asked 1")
      #expect(systemd.receive() == "STATUS=asked 2")
      #expect(systemd.receive() == "WATCHDOG=1")
      running.cancel()
      try await running.value
    }
  }
}
