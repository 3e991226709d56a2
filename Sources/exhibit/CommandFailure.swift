/// The exit codes of `exhibit`, after sysexits.h where it has one.
enum ExitStatus: Int32 {
  /// The work failed, or what was verified is not what it should be.
  case failed = 1
  /// The command line is wrong (`EX_USAGE`).
  case usage = 64
  /// There is no such bundle, incident or file (`EX_NOINPUT`).
  case noInput = 66
  /// The agent cannot be reached, or cannot answer now (`EX_UNAVAILABLE`).
  case unavailable = 69
  /// No permission: the socket, the token, or a file (`EX_NOPERM`).
  case noPermission = 77
  /// The configuration is wrong (`EX_CONFIG`).
  case configuration = 78
}

/// Why a command failed, in one line for standard error.
struct CommandFailure: Error, CustomStringConvertible {
  var status: ExitStatus
  /// What went wrong and how to remedy it; without the command's name and the final period.
  var description: String

  init(_ status: ExitStatus, _ description: String) {
    self.status = status
    self.description = description
  }
}

/// An error that knows which exit code it deserves.
protocol ExitStatusProviding: Error {
  var exitStatus: ExitStatus { get }
}

extension CommandFailure: ExitStatusProviding {
  var exitStatus: ExitStatus { status }
}

extension FileError: ExitStatusProviding {
  var exitStatus: ExitStatus {
    if isPermission { return .noPermission }
    return isMissing ? .noInput : .failed
  }
}
