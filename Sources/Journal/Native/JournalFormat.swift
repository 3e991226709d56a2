/// Constants of the journal file format (https://systemd.io/JOURNAL_FILE_FORMAT).
enum JournalFormat {
  /// Bytes before the payload of every object: type, flags, 6 reserved bytes, size.
  static let objectHeader = 16
  /// Bytes before the items of an ENTRY object.
  static let entryHeader = 64
  /// Bytes before the items of an ENTRY_ARRAY object.
  static let entryArrayHeader = 24
  /// Bytes before the name in a FIELD object.
  static let fieldHeader = 40
  /// Bytes of one bucket of a hash table: first and last object of its chain.
  static let hashItem = 16
  /// Fields of one entry; journald takes 1024.
  static let itemLimit = 65_536
  /// Bytes of one DATA payload: journald takes 768 MiB.
  static let payloadLimit = 768 << 20

  /// "Header", state: open for writing.
  static let stateOnline: UInt8 = 1

  enum ObjectType: UInt8 {
    case data = 1
    case field, entry, dataHashTable, fieldHashTable, entryArray, tag
  }

  /// "Header", incompatible flags.
  struct Incompatible: OptionSet {
    let rawValue: UInt32

    static let xz = Incompatible(rawValue: 1)
    static let lz4 = Incompatible(rawValue: 2)
    static let keyedHash = Incompatible(rawValue: 4)
    static let zstd = Incompatible(rawValue: 8)
    static let compact = Incompatible(rawValue: 16)
    static let known: Incompatible = [.xz, .lz4, .keyedHash, .zstd, .compact]
  }

  /// "Objects", flags: how the payload of a DATA object is compressed.
  enum ObjectFlag {
    static let xz: UInt8 = 1
    static let lz4: UInt8 = 2
    static let zstd: UInt8 = 4
    static let all: UInt8 = 7
  }
}

extension UnsafeRawBufferPointer {
  /// Little-endian numbers at places that the caller has checked to lie within the bytes.
  @inline(__always)
  func le64(_ offset: Int) -> UInt64 {
    UInt64(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  @inline(__always)
  func le32(_ offset: Int) -> UInt32 {
    UInt32(littleEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
  }

  /// An id as its 16 bytes stand in the file, most significant first.
  @inline(__always)
  func id(_ offset: Int) -> JournalID {
    JournalID(
      high: UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
      low: UInt64(bigEndian: loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
  }
}
