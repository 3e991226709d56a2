#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The parts of a journal file's header that say what the file ought to hold
/// (https://systemd.io/JOURNAL_FILE_FORMAT, "Header").
struct JournalFileHeader: Equatable {
  /// Bytes of the smallest header that any version wrote.
  static let length = 208

  var sequenceID: JournalID
  var entries: UInt64
  var headSequenceNumber: UInt64
  var tailSequenceNumber: UInt64
  /// Microseconds since the epoch of the entry that was written first, and last; 0 in an empty file.
  var headRealtime: UInt64
  var tailRealtime: UInt64

  /// - Returns: `nil` when these are not the first bytes of a journal file.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.length, bytes.hasPrefix("LPKSHHRH") else { return nil }
    func number(_ offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
    guard number(88) >= UInt64(Self.length) else { return nil }
    sequenceID = bytes.id(72)
    entries = number(152)
    tailSequenceNumber = number(160)
    headSequenceNumber = number(168)
    headRealtime = number(184)
    tailRealtime = number(192)
  }
}

extension JournalFileHeader {
  /// journald creates a file before it writes the header: milliseconds lie between.
  private static let patience: (attempts: Int, microseconds: UInt32) = (10, 10_000)

  /// Reads the first bytes of a journal file; those of one that is just being created are waited for for a tenth of a
  /// second.
  ///
  /// - Parameters:
  ///   - descriptor: of the file.
  ///   - buffer: of `length` bytes or more.
  /// - Returns: the bytes read; -1, with `errno` set, when the disk refuses.
  static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    for attempt in 1... {
      let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
      guard count >= 0, attempt < patience.attempts, buffer.prefix(count).allSatisfy({ $0 == 0 }) else {
        return count
      }
      usleep(patience.microseconds)
    }
    return -1
  }
}

/// One journal file that libsystemd can open.
struct JournalFile {
  /// Where journald has it, or had it when it was frozen: what reports name.
  var path: String
  /// What readers open: the private link or copy of a frozen file, else `path`.
  var readPath: String
  /// Device and inode: stays the same when journald archives the file under another name.
  var identity: FileIdentity
  /// Of a frozen file: as it was then, so that what was written after it is not promised.
  var header: JournalFileHeader

  init(path: String, readPath: String? = nil, identity: FileIdentity, header: JournalFileHeader) {
    self.path = path
    self.readPath = readPath ?? path
    self.identity = identity
    self.header = header
  }

  /// Whether journald may delete it and it can be read nevertheless.
  var isPinned: Bool { readPath != path }
}

struct FileIdentity: Hashable {
  var device: UInt64
  var inode: UInt64
}

/// A file or folder that cannot be read.
struct JournalObstacle: Equatable {
  enum Kind: Equatable {
    case permission
    /// Not, or no longer, a journal file that libsystemd reads.
    case corrupt(String)
    case unreadable(Int32)
  }

  var path: String
  var kind: Kind
}
