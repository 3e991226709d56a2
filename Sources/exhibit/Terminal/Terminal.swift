#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What the three standard streams are connected to.
enum Terminal {
  static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
  static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
  static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }

  /// Whether to colour standard output: on a terminal that can, unless `NO_COLOR` is set
  /// (https://no-color.org).
  static var usesColour: Bool {
    outputIsTerminal && environment("NO_COLOR") == nil && environment("TERM") != "dumb"
  }

  /// Columns of the terminal that standard output is; `nil` for a file or a pipe, where nothing is cut.
  static var outputWidth: Int? { outputIsTerminal ? columns(of: STDOUT_FILENO) : nil }

  /// Columns of the terminal that standard error is.
  static var errorWidth: Int { columns(of: STDERR_FILENO) }

  /// The variable's value; `nil` when it is not set or empty.
  static func environment(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    let text = String(cString: value)
    return text.isEmpty ? nil : text
  }

  private static func columns(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
