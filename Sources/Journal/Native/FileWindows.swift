#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// An open file, closed with the last reference.
final class OpenJournalFile: Sendable {
  let descriptor: Int32

  /// - Throws: `JournalError`.
  init(path: String) throws(JournalError) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw JournalError(call: "open", result: errno, path: path) }
  }

  deinit {
    close(descriptor)
  }

  /// Fills the buffer from that offset on.
  /// - Returns: the bytes read, fewer at the end of the file; `nil` when the disk refuses.
  func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int? {
    guard let base = buffer.baseAddress else { return 0 }
    var done = 0
    while done < buffer.count {
      let count = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      done += count
    }
    return done
  }
}

/// Looks into files through a bounded number of blocks that are read as they are needed.
///
/// Not a memory map: a file that is truncated under a map ends the process with SIGBUS, and the pages of a map
/// count as the process's memory. Not to be shared between threads.
struct FileWindows: ~Copyable {
  /// Bytes of a block, and how far each reaches into the next one, so that small objects are in one piece.
  static let blockLength = 128 << 10
  static let overlap = 8 << 10
  static let blockCount = 16

  private let storage: UnsafeMutableRawBufferPointer
  /// File and number of the block that each slot holds; `emptyTag` for none.
  private let tags: UnsafeMutableBufferPointer<UInt64>
  private let lengths: UnsafeMutableBufferPointer<Int>
  private let uses: UnsafeMutableBufferPointer<UInt64>
  private var clock: UInt64 = 0
  private var last = 0
  private var large = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  private static let emptyTag = UInt64.max

  init() {
    storage = .allocate(byteCount: Self.blockCount * (Self.blockLength + Self.overlap), alignment: 4096)
    tags = .allocate(capacity: Self.blockCount)
    tags.initialize(repeating: Self.emptyTag)
    lengths = .allocate(capacity: Self.blockCount)
    lengths.initialize(repeating: 0)
    uses = .allocate(capacity: Self.blockCount)
    uses.initialize(repeating: 0)
  }

  deinit {
    storage.deallocate()
    tags.deallocate()
    lengths.deallocate()
    uses.deallocate()
    large.deallocate()
  }

  /// The bytes at a place of a file; valid until the next call.
  ///
  /// - Parameter index: tells one file from another; below 2^24.
  /// - Returns: `nil` when the file does not reach that far, or the disk refuses.
  @inline(__always)
  mutating func bytes(_ file: OpenJournalFile, index: Int, at offset: Int, count: Int)
    -> UnsafeRawBufferPointer?
  {
    let block = offset / Self.blockLength
    let start = offset % Self.blockLength
    guard start + count <= Self.blockLength + Self.overlap else {
      return largeBytes(file, at: offset, count: count)
    }
    let tag = UInt64(index) << 40 | UInt64(block)
    if tags[last] != tag { last = find(tag) ?? load(file, block: block, tag: tag) }
    guard start + count <= lengths[last] else { return nil }
    let place = last * (Self.blockLength + Self.overlap) + start
    return UnsafeRawBufferPointer(rebasing: storage[place..<(place + count)])
  }

  private mutating func find(_ tag: UInt64) -> Int? {
    for slot in 0..<Self.blockCount where tags[slot] == tag {
      clock += 1
      uses[slot] = clock
      return slot
    }
    return nil
  }

  private mutating func load(_ file: OpenJournalFile, block: Int, tag: UInt64) -> Int {
    var slot = 0
    for other in 1..<Self.blockCount where uses[other] < uses[slot] { slot = other }
    clock += 1
    uses[slot] = clock
    let length = Self.blockLength + Self.overlap
    let start = slot * length
    let count = file.read(
      into: UnsafeMutableRawBufferPointer(rebasing: storage[start..<(start + length)]),
      at: block * Self.blockLength)
    tags[slot] = count == nil ? Self.emptyTag : tag
    lengths[slot] = count ?? 0
    return slot
  }

  /// An object that no block holds whole: a long message.
  private mutating func largeBytes(
    _ file: OpenJournalFile, at offset: Int, count: Int
  ) -> UnsafeRawBufferPointer? {
    if large.count < count {
      large.deallocate()
      large = .allocate(byteCount: count, alignment: 16)
    }
    let part = UnsafeMutableRawBufferPointer(rebasing: large[..<count])
    guard file.read(into: part, at: offset) == count else { return nil }
    return UnsafeRawBufferPointer(part)
  }

  /// Gives back the memory of a large object.
  mutating func shrink() {
    guard large.count > 1 << 20 else { return }
    large.deallocate()
    large = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }
}

extension OpenJournalFile {
  /// Bytes of the file now; 0 when that cannot be told.
  var length: Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return 0 }
    return Int(status.st_size)
  }

  /// Device and inode; `nil` when they cannot be told.
  var identity: FileIdentity? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    return FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}
