internal import Bundle

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension BundleError: ExitStatusProviding {
  var exitStatus: ExitStatus {
    switch self {
    case .notFound, .system(_, _, ENOENT), .system(_, _, ENOTDIR): .noInput
    case .system(_, _, EACCES), .system(_, _, EPERM): .noPermission
    default: .failed
    }
  }
}
