/// The kernel's parameters, which are configuration although no file system keeps them: the command line of the boot
/// (`/proc/cmdline`) and the values of sysctl(8) (`/proc/sys`), each a file of its own in the history.
///
/// Everything else under `/proc` is the state of the moment, where reading can block, never end, or act.
enum KernelValues {
  /// The kernel's own limit of a value is a page for most of them (proc_dostring, kernel/sysctl.c).
  static let maximumBytes = 64 << 10
  private static let commandLine = Array("/proc/cmdline".utf8)
  private static let parameters = Array("/proc/sys".utf8)

  /// What of a scope is to be looked at now and then: the kernel tells of no change of its values.
  static func roots(of scope: ScopeMatcher) -> [PendingPath] {
    scope.roots.filter(contain).map { PendingPath(path: $0, isDeep: true) }
  }

  static func contain(_ path: [UInt8]) -> Bool {
    path == commandLine || PathBytes.isPath(path, atOrUnder: parameters)
  }
}

extension Metadata {
  /// Inode, device and times of a file in `/proc` are those of the kernel's cache.
  var withoutTimes: Metadata {
    var metadata = self
    (metadata.modified, metadata.changed, metadata.inode, metadata.device) = (0, 0, 0, 0)
    return metadata
  }
}
