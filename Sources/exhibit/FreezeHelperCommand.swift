internal import ArgumentParser
internal import Journal

struct FreezeHelperCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freeze-helper",
    abstract: "Keep journal files from being deleted until a capture has read them (for systemd).",
    discussion: """
      Started as root by exhibit-freeze.socket, when the agent has taken in a signal. It asks journald to sync, and \
      makes and removes hard links to journal files in /var/log/journal/.exhibit and /run/log/journal/.exhibit; it \
      does nothing else, and ends when nobody has asked it for some seconds.

      Examples:
        exhibit freeze-helper
        systemctl enable --now exhibit-freeze.socket
      """,
    shouldDisplay: false)

  func run() throws {
    do {
      try FreezeHelper().run()
    } catch {
      throw CommandFailure(.failed, "\(error)")
    }
  }
}
