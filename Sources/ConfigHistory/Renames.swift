/// Finds renames among the changes of a window: a file that went, and one of the same content that came.
///
/// Inodes tell less: file systems give the number of a deleted file to the next new one. Empty files, and files
/// whose content was not read, are no evidence of anything, and symlinks to one target are many.
enum Renames {
  /// - Parameter changes: in byte order of their paths.
  /// - Returns: the same without the deletions that are a rename's old end.
  static func paired(_ changes: [ConfigChange]) -> [ConfigChange] {
    var result = changes.map(Optional.some)
    // A folder that was renamed has many: the same name says which is which among files of one content.
    for isNamed in [true, false] { pair(&result, changes, isNamed: isNamed) }
    return result.compactMap(\.self)
  }

  private struct Key: Hashable {
    var hash: String
    var name: [UInt8]?
  }

  private static func pair(_ result: inout [ConfigChange?], _ changes: [ConfigChange], isNamed: Bool) {
    func key(_ change: ConfigChange, _ state: FileState?) -> Key? {
      state?.renameHash.map { Key(hash: $0, name: isNamed ? PathBytes.split(change.rawPath).name : nil) }
    }
    var gone: [Key: [Int]] = [:]
    for place in changes.indices.reversed() where result[place]?.kind == .deleted {
      if let key = key(changes[place], changes[place].before) { gone[key, default: []].append(place) }
    }
    guard !gone.isEmpty else { return }
    for place in changes.indices where result[place]?.kind == .created {
      guard let key = key(changes[place], changes[place].after), let old = gone[key]?.popLast() else {
        continue
      }
      result[place] = changes[place].renamed(from: changes[old])
      result[old] = nil
    }
  }
}

extension FileState {
  fileprivate var renameHash: String? { type == .file && size > 0 ? keyedHash : nil }
}

extension ConfigChange {
  fileprivate func renamed(from old: ConfigChange) -> ConfigChange {
    var change = self
    change.kind = .renamed
    change.previousPath = old.path
    change.previousPathIsEscaped = old.pathIsEscaped ? true : nil
    change.previousSeenAt = old.previousSeenAt
    change.before = old.before
    return change
  }
}
