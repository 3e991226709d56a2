#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The best source of events that the kernel, the file systems and the agent's rights allow.
enum EventSourceChoice {
  /// Each of the roots has to be on a file system that can be marked, else it is inotify.
  ///
  /// No source is given where there is only polling; a reason where a better one was wanted, with the remedy.
  static func open(
    _ preference: WatchPreference, for roots: [[UInt8]]
  ) -> (source: (any EventSource)?, reason: String?) {
    var reasons: [String] = []
    if preference == .automatic || preference == .fanotify {
      do throws(SystemFailure) {
        return (try fanotify(roots), nil)
      } catch {
        reasons.append(reason(error))
      }
    }
    if preference != .poll {
      do throws(SystemFailure) {
        return (try InotifySource(), reasons.first ?? nil)
      } catch {
        reasons.append("no inotify (\(error.text)): raise fs.inotify.max_user_instances")
      }
    }
    return (nil, reasons.isEmpty ? nil : reasons.joined(separator: "; "))
  }

  private static func fanotify(_ roots: [[UInt8]]) throws(SystemFailure) -> FanotifySource {
    let source = try FanotifySource()
    // The kernel's values have no events: they are read now and then.
    for root in roots where !KernelValues.contain(root) {
      let folder = try nearestFolder(root)
      try source.mark(folder, device: folder.metadata(of: []).device)
      _ = try FolderHandle(of: folder)
    }
    return source
  }

  /// The path itself, or the lowest folder above it that is there.
  private static func nearestFolder(_ path: [UInt8]) throws(SystemFailure) -> OpenFolder {
    var path = path
    while true {
      do throws(SystemFailure) {
        return try OpenFolder(path: path)
      } catch {
        guard path.count > 1, error.isAbsence || error.isPermission else { throw error }
        path = PathBytes.split(path).folder
      }
    }
  }

  private static func reason(_ failure: SystemFailure) -> String {
    switch (failure.call, failure.code) {
    case ("fanotify_init", EPERM), ("fanotify_mark", EPERM):
      "no fanotify (\(failure.text)): it needs CAP_SYS_ADMIN, which the unit does not grant by default; with "
        + "drop-ins/watch-by-fanotify.conf the history also says who wrote"
    case ("fanotify_init", ENOSYS), ("fanotify_init", EINVAL):
      "no fanotify (\(failure.text)): it needs Linux 5.9 or later, built with CONFIG_FANOTIFY"
    case ("fanotify_mark", EOPNOTSUPP), ("fanotify_mark", ENODEV), ("fanotify_mark", EXDEV),
      ("name_to_handle_at", EOPNOTSUPP):
      "no fanotify (\(failure.text)): a file system that holds watched paths has no file handles, as overlayfs"
    default:
      "no fanotify (\(failure.text))"
    }
  }
}
