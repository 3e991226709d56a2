package import Evidence

/// What a path was or is: never its content.
package struct FileState: Codable, Sendable, Hashable {
  /// The type of the file, as `stat(2)` tells it.
  package enum FileType: String, Codable, Sendable, CaseIterable {
    case file, directory, symlink, fifo, socket, device
  }

  /// Whether the store holds the content, and if not, why.
  package enum Content: String, Codable, Sendable, CaseIterable {
    /// There is none: not a regular file.
    case none
    /// Redacted text.
    case stored
    /// A secret path by configuration.
    case secret
    /// It holds NUL bytes.
    case binary
    /// Larger than the configured limit; it was not read.
    case oversize
    /// The agent was not allowed to read it, or reading failed.
    case unreadable
  }

  package var type: FileType
  /// Permission bits, set-user-id, set-group-id and sticky bit, as four octal digits: `0644`.
  package var mode: String
  package var uid: UInt32
  package var gid: UInt32
  /// From the host's passwd and group files at the time of the question; `nil` where they name none.
  package var owner: String?
  package var group: String?
  /// Length in bytes before redaction; of a symlink the length of its target, 0 for what has none.
  package var size: Int64
  /// `st_mtime`: anyone who may write the file can set it.
  package var modifiedAt: Timestamp
  /// `st_ctime`: set by the kernel at every change of content or metadata.
  package var changedAt: Timestamp
  package var content: Content
  /// HMAC-SHA256 of the raw content under a key of the host, lower-case hex: equal for equal content.
  package var keyedHash: String?
  /// SHA-256 of the redacted content that is stored, lower-case hex.
  package var sha256: String?
  /// Of a symlink, redacted; of a device `major:minor`.
  package var target: String?
  /// Extended attributes as getfattr(1) writes them, redacted: `user.comment="text"`, `name=0x…`, or `name=hmac:…`
  /// of what is long or secret; `nil` where there are none, or where they are not known.
  package var attributes: [String]?

  enum CodingKeys: String, CodingKey {
    case type, mode, uid, gid, owner, group, size, content, sha256, target
    case attributes = "xattrs"
    case modifiedAt = "modified_at"
    case changedAt = "changed_at"
    case keyedHash = "keyed_hash"
  }
}

/// One path whose state at the end of a window is not its state at the start, or was not in between.
package struct ConfigChange: Codable, Sendable, Hashable {
  package enum Kind: String, Codable, Sendable, CaseIterable {
    case created, deleted
    /// The path is another one, and perhaps mode and owner, and the content where `similarity` tells: see `previousPath`.
    case renamed
    /// The content, or the target of a symlink, is another one.
    case modified
    /// Only mode, owner, group or extended attributes, or whether the content could be read.
    case metadata
    /// A file became a symlink, and so on.
    case type
    /// It changed within the window and is back to what it was at its start.
    case reverted
  }

  /// Absolute. Bytes that are not UTF-8 are written `\xHH`, and then `pathIsEscaped` is true.
  package var path: String
  package var pathIsEscaped: Bool
  package var kind: Kind
  /// Of a renamed file: where it was, written like `path` (and escaped where it is not UTF-8).
  package var previousPath: String?
  package var previousPathIsEscaped: Bool?
  /// Of a renamed file whose content changed, too: how much of it is the same, in percent; see `Similarity`.
  package var similarity: Int?
  /// The last scan that saw the state of `before`; `nil` where there is none.
  package var previousSeenAt: Timestamp?
  /// The scan that saw the first change of the window.
  package var firstSeenAt: Timestamp
  /// The scan that saw the state of `after` first.
  package var seenAt: Timestamp
  /// How many versions scans saw in the window, the last one included.
  package var versions: Int
  /// When scans saw the versions before the last one, in order: the latest hundred.
  package var intermediate: [Timestamp]
  package var before: FileState?
  package var after: FileState?
  /// Who made the last change, in words, where the watch knows: see `writer`.
  package var actor: String?
  /// The process that made the last change, where the watch knows.
  package var writer: ChangeActor?

  /// The path's own bytes.
  package var rawPath: [UInt8] { PathText(text: path, isEscaped: pathIsEscaped).bytes }
  /// The bytes of `previousPath`.
  package var rawPreviousPath: [UInt8]? {
    previousPath.map { PathText(text: $0, isEscaped: previousPathIsEscaped ?? false).bytes }
  }

  enum CodingKeys: String, CodingKey {
    case path, kind, similarity, versions, intermediate, before, after, actor, writer
    case pathIsEscaped = "path_escaped"
    case previousPath = "previous_path"
    case previousPathIsEscaped = "previous_path_escaped"
    case previousSeenAt = "previous_seen_at"
    case firstSeenAt = "first_seen_at"
    case seenAt = "seen_at"
  }
}
