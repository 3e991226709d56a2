#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What went wrong while a bundle was written or read, and where. Never holds captured bytes.
package enum BundleError: Error, Hashable, Sendable {
  /// The file system (or the quota) of this path is full.
  case diskFull(path: String)
  /// A bundle of this name is there already; sealed bundles are never overwritten.
  case alreadyExists(path: String)
  /// A system call failed.
  case system(call: String, path: String, errno: Int32)
  /// A compression library refused to work; only lack of memory leads here.
  case compression(call: String, code: Int32)
  /// A name or value that the format does not allow.
  case invalid(what: String, detail: String)
  /// The archive is cut off, damaged or hostile. `place` is a byte offset, and the file in the bag if known.
  case damaged(place: String, detail: String)
  /// The archive is larger than the reader's limits allow.
  case limitExceeded(place: String, detail: String)
  /// The archive holds no file of this path.
  case notFound(path: String)
  /// A signing key or a signature that cannot be read.
  case key(path: String, detail: String)

  package var isDiskFull: Bool {
    if case .diskFull = self { true } else { false }
  }

  /// - Returns: `.diskFull` for `ENOSPC` and `EDQUOT`, else `.system`.
  static func call(_ call: String, path: String, errno code: Int32) -> BundleError {
    code == ENOSPC || code == EDQUOT
      ? .diskFull(path: path) : .system(call: call, path: path, errno: code)
  }
}

extension BundleError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .diskFull(let path):
      "\(path): no space left; free some, or lower bundles.max_bytes"
    case .alreadyExists(let path):
      "\(path): a bundle of this name exists already and is not overwritten"
    case .system(let call, let path, let code):
      "\(path): \(call): \(String(cString: strerror(code))) (errno \(code))"
    case .compression(let call, let code):
      "\(call) failed with code \(code); there is no memory left"
    case .invalid(let what, let detail):
      "\(what): \(detail)"
    case .damaged(let place, let detail), .limitExceeded(let place, let detail):
      "\(place): \(detail)"
    case .notFound(let path):
      "\(path): the bundle holds no such file"
    case .key(let path, let detail):
      "\(path): \(detail)"
    }
  }
}
