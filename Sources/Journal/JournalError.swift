#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The journal as a whole could not be opened or read. What a single file or entry lacks is a gap instead.
package struct JournalError: Error, Equatable, CustomStringConvertible {
  /// The C function that failed.
  package var call: String
  /// Its error number, positive.
  package var errno: Int32
  package var path: String?
  /// What the operator can do about it.
  package var remedy: String

  init(call: String, result: Int32, path: String? = nil) {
    self.call = call
    errno = result.magnitude > UInt32(Int32.max) ? Int32.max : Int32(result.magnitude)
    self.path = path
    remedy = JournalError.remedy(for: errno)
  }

  package var description: String {
    "\(call)\(path.map { " \($0)" } ?? ""): \(errorText(errno)); \(remedy)"
  }

  private static func remedy(for errno: Int32) -> String {
    switch errno {
    case EMFILE, ENFILE: "raise LimitNOFILE= of the service"
    case ENOMEM: "raise MemoryMax= of the service, or capture a shorter window"
    case ETOOMANYREFS:
      "the journal has more files than libsystemd opens; vacuum it (journalctl --vacuum-files=)"
    case EACCES, EPERM: "run as root or in the group systemd-journal"
    default: "check the journal with journalctl --verify"
    }
  }
}

/// The system's text for an error number: `Permission denied`.
func errorText(_ errno: Int32) -> String {
  guard let text = strerror(errno) else { return "error \(errno)" }
  return String(cString: text)
}
