import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A real journald, alone in its own mount and process namespace.
extension Tool {
  static let journald = "/lib/systemd/systemd-journald"

  static var canRunJournald: Bool {
    geteuid() == 0 && canCompare && FileManager.default.isExecutableFile(atPath: journald)
      && FileManager.default.isReadableFile(atPath: "/etc/machine-id") && canUnshare
  }

  /// Containers often forbid it.
  private static let canUnshare: Bool = {
    do {
      try run("/usr/bin/unshare", ["--mount", "--pid", "--fork", "--mount-proc", "true"])
      return true
    } catch {
      return false
    }
  }()

  /// Runs commands against a journald that writes below the folder, and stops it.
  ///
  /// The commands find its process id in `$JOURNALD`; SIGUSR2 makes it rotate (systemd-journald(8)).
  /// - Parameters:
  ///   - folder: where the journal goes.
  ///   - environment: of journald.
  ///   - settings: lines of the section `[Journal]`.
  ///   - commands: for bash.
  /// - Throws: when one of them fails.
  static func runJournald(
    _ folder: String, environment: [String: String] = [:], settings: String = "", _ commands: String
  ) throws {
    let script = """
      set -e
      mount -t tmpfs tmpfs /run
      mkdir -p /run/systemd/journal /run/systemd/journald.conf.d /run/log/journal
      mount --bind "$FOLDER" /run/log/journal
      [ -s /etc/machine-id ] || { echo \(Sample.boot) >/run/machine-id; mount --bind /run/machine-id /etc/machine-id; }
      printf '[Journal]\\nStorage=volatile\\nReadKMsg=no\\nAudit=no\\nRateLimitBurst=0\\n%s\\n' "$SETTINGS" \
        >/run/systemd/journald.conf.d/test.conf
      \(journald) &
      export JOURNALD=$!
      for i in $(seq 100); do [ -S /run/systemd/journal/stdout ] && break; sleep 0.05; done
      bash -c "$COMMANDS"
      sleep 0.3
      kill -TERM $JOURNALD
      wait $JOURNALD || true
      """
    let environment = environment.merging(
      ["FOLDER": folder, "COMMANDS": commands, "SETTINGS": settings]) { $1 }
    try run(
      "/usr/bin/unshare",
      [
        "--mount", "--pid", "--fork", "--mount-proc", "--propagation", "private", "bash", "-c", script,
      ], environment: environment)
  }
}
