#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// One journal file as the native reader sees it: constants of its header, checked, and nothing that changes.
///
/// **Nothing in the file is trusted.** Offsets, types, sizes and counts are checked against the length that the
/// file had when it was opened before anything is read by them.
final class NativeFile: Sendable {
  /// What reports name.
  let path: String
  /// Tells the files of one reading from one another.
  let index: Int
  let file: OpenJournalFile
  let flags: JournalFormat.Incompatible
  let fileID: JournalID
  let sequenceID: JournalID
  let headerSize: Int
  /// No object reaches beyond it: the end of the arena, or of the file where that was cut off.
  let limit: Int
  /// The file is shorter than its header says.
  let isTruncated: Bool
  let dataHashTable: Range<Int>
  let fieldHashTable: Range<Int>
  let entryArray: Int
  /// Its writer has it open, or was stopped by a crash.
  let isOnline: Bool
  /// The last object when the file was opened.
  let tailObject: UInt64
  /// All entries that the header counts are to be read.
  let isListWhole: Bool
  /// Entries when the file was opened; what is appended later is not read.
  let entries: Int
  let headSequenceNumber: UInt64
  let tailSequenceNumber: UInt64
  let headRealtime: UInt64
  let tailRealtime: UInt64

  var isCompact: Bool { flags.contains(.compact) }
  /// Bytes before the payload of a DATA object.
  var payloadOffset: Int { isCompact ? 72 : 64 }
  /// Bytes of one item of an ENTRY.
  var itemSize: Int { isCompact ? 4 : 16 }
  /// Bytes of one offset in an ENTRY_ARRAY.
  var offsetSize: Int { isCompact ? 4 : 8 }

  /// - Parameters:
  ///   - listed: the file.
  ///   - index: see `index`.
  ///   - frozen: how many entries to read at most; `nil` for all that there are now.
  /// - Throws: `NativeRefusal` when libsystemd had better read this file, or nobody can.
  init(_ listed: JournalFile, index: Int, entries frozen: UInt64?) throws(NativeRefusal) {
    do throws(JournalError) {
      file = try OpenJournalFile(path: listed.readPath)
    } catch {
      throw .unreadable(error)
    }
    path = listed.path
    self.index = index
    let header = try Header(file)
    flags = header.flags
    fileID = header.fileID
    sequenceID = header.sequenceID
    headerSize = header.size
    limit = header.limit
    isTruncated = header.isTruncated
    dataHashTable = header.dataHashTable
    fieldHashTable = header.fieldHashTable
    entryArray = header.entryArray
    isOnline = header.isOnline
    tailObject = header.tailObject
    isListWhole = frozen.map { $0 >= header.entries } ?? true
    entries = Int(min(header.entries, frozen ?? .max, UInt64(header.limit / JournalFormat.entryHeader)))
    headSequenceNumber = header.headSequenceNumber
    tailSequenceNumber = header.tailSequenceNumber
    headRealtime = header.headRealtime
    tailRealtime = header.tailRealtime
  }

  /// Whether an object of so many bytes may stand there.
  @inline(__always)
  func holds(_ offset: Int, _ count: Int) -> Bool {
    offset >= headerSize && offset & 7 == 0 && count >= 0 && offset <= limit && count <= limit - offset
  }
}

/// Why the native reader does not read a file.
enum NativeRefusal: Error, Equatable {
  /// A flag that this version does not know, or a header that makes no sense: libsystemd may know better.
  case unsupported(String)
  case unreadable(JournalError)

  var reason: String {
    switch self {
    case .unsupported(let text): text
    case .unreadable(let error): "\(error)"
    }
  }
}

/// "Header" of the format, in the part that reading needs.
private struct Header {
  var flags: JournalFormat.Incompatible
  var fileID: JournalID
  var sequenceID: JournalID
  var size: Int
  var limit: Int
  var isTruncated: Bool
  var dataHashTable: Range<Int>
  var fieldHashTable: Range<Int>
  var entryArray: Int
  var isOnline: Bool
  var tailObject: UInt64
  var entries: UInt64
  var headSequenceNumber: UInt64
  var tailSequenceNumber: UInt64
  var headRealtime: UInt64
  var tailRealtime: UInt64

  init(_ file: OpenJournalFile) throws(NativeRefusal) {
    var bytes = [UInt8](repeating: 0, count: JournalFileHeader.length)
    let count = bytes.withUnsafeMutableBytes { file.read(into: $0, at: 0) }
    guard let count else { throw .unreadable(JournalError(call: "pread", result: EIO)) }
    guard count == bytes.count else { throw .unsupported("it is shorter than a header") }
    let length = file.length
    self = try bytes.span.withUnsafeBytes { (bytes) throws(NativeRefusal) in
      try Header(bytes, fileLength: length)
    }
  }

  private init(_ bytes: UnsafeRawBufferPointer, fileLength: Int) throws(NativeRefusal) {
    guard bytes.hasPrefix("LPKSHHRH") else { throw .unsupported("it has no journal header") }
    flags = JournalFormat.Incompatible(rawValue: bytes.le32(12))
    let unknown = flags.subtracting(.known)
    guard unknown.isEmpty else {
      throw .unsupported("it has incompatible flags (\(unknown.rawValue)) that this version does not know")
    }
    fileID = bytes.id(24)
    sequenceID = bytes.id(72)
    let end = bytes.le64(88).addingReportingOverflow(bytes.le64(96))
    guard (UInt64(JournalFileHeader.length)...4096).contains(bytes.le64(88)), bytes.le64(88) & 7 == 0,
      !end.overflow, end.partialValue < 1 << 47
    else { throw .unsupported("the sizes in its header make no sense") }
    size = Int(bytes.le64(88))
    limit = min(Int(end.partialValue), fileLength) & ~7
    isTruncated = Int(end.partialValue) > fileLength
    guard let entryArray = Int(exactly: bytes.le64(176)) else {
      throw .unsupported("its entry array lies outside of it")
    }
    self.entryArray = entryArray
    isOnline = bytes[16] == JournalFormat.stateOnline
    tailObject = bytes.le64(136)
    dataHashTable = Self.table(bytes.le64(104), bytes.le64(112), limit)
    fieldHashTable = Self.table(bytes.le64(120), bytes.le64(128), limit)
    entries = bytes.le64(152)
    tailSequenceNumber = bytes.le64(160)
    headSequenceNumber = bytes.le64(168)
    headRealtime = bytes.le64(184)
    tailRealtime = bytes.le64(192)
  }

  /// A hash table; empty when it does not lie within the file.
  private static func table(_ start: UInt64, _ count: UInt64, _ limit: Int) -> Range<Int> {
    let end = start.addingReportingOverflow(count)
    guard !end.overflow, end.partialValue <= UInt64(limit) else { return 0..<0 }
    return Int(start)..<Int(end.partialValue)
  }
}
