internal import Glibc

/// Where the audit is, for whoever looks at it without the agent.
package enum AuditLocation {
  /// - Parameter folder: the state folder.
  /// - Returns: path of the file.
  package static func path(in folder: String) -> String { StateFolder.audit(in: folder) }

  /// - Parameter path: of the file.
  /// - Returns: the user of the agent, whose journal lines are its own.
  /// - Throws: `StateFolderError`.
  package static func owner(of path: String) throws -> UInt32 {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw StateFolderError(description: "\(path): stat: \(String(cString: strerror(errno)))")
    }
    return status.st_uid
  }
}
