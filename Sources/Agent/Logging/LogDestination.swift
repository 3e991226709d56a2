internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Where log messages go.
package enum LogDestination: Equatable, Sendable {
  /// To journald, with a field for each piece of metadata.
  case journal
  /// As lines of text to standard error.
  case text(colour: Bool)

  /// The journal where systemd connected standard error to it (`$JOURNAL_STREAM`, see systemd.exec(5)), else
  /// text, in colour on a terminal.
  ///
  /// `environment` looks up a variable.
  package static func detect(environment: (String) -> String? = LogDestination.variable) -> LogDestination {
    var status = stat()
    if fstat(STDERR_FILENO, &status) == 0,
      environment("JOURNAL_STREAM") == "\(status.st_dev):\(status.st_ino)"
    {
      return .journal
    }
    let plain = environment("NO_COLOR").map { !$0.isEmpty } ?? false
    return .text(colour: isatty(STDERR_FILENO) == 1 && !plain && environment("TERM") != "dumb")
  }

  /// A variable of this process' environment.
  package static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }
}
