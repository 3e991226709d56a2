internal import CSystemd
package import Logging

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Tells systemd how the service is: sd_notify(3). Outside systemd nothing happens.
package struct SystemdNotifier: Sendable {
  private let logger: Logger

  /// - Parameter logger: Learns of messages that could not be sent.
  package init(logger: Logger) {
    self.logger = logger
  }

  /// The service accepts signals.
  package func ready() { send("READY=1") }

  /// The configuration is read again; `ready()` ends it.
  package func reloading() {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    send("RELOADING=1\nMONOTONIC_USEC=\(Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000)")
  }

  /// The service begins to stop.
  package func stopping() { send("STOPPING=1") }

  /// One line for `systemctl status`.
  package func status(_ text: String) {
    // A newline would begin another assignment.
    send("STATUS=\(text.split(whereSeparator: \.isNewline).joined(separator: " "))")
  }

  /// The service is alive; due within each `watchdogInterval`.
  package func alive() { send("WATCHDOG=1") }

  /// After how long without `alive()` systemd takes this process for hung (`WatchdogSec=`); `nil` without.
  package static var watchdogInterval: Duration? {
    var microseconds: UInt64 = 0
    guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
    return .microseconds(Int64(clamping: microseconds))
  }

  private func send(_ state: String) {
    let result = sd_notify(0, state)
    guard result < 0 else { return }
    logger.warning(
      "Could not notify systemd, ignoring",
      metadata: ["error": "sd_notify: \(String(cString: strerror(-result)))"])
  }
}
