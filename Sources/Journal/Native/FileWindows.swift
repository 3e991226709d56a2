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
  /// Entries refer to fields all over the file, but what they share is kept once it was rendered: the rest is read from
  /// the beginning to the end. Fewer blocks are read again and again, more are memory of each thread.
  ///
  /// Bytes of a block, and how far each reaches into the next one, so that small objects are in one piece.
  static let blockLength = 16 << 10
  static let overlap = 2 << 10
  /// A power of two. A block has one slot where it can be, so that neighbours never displace one another.
  static let blockCount = 128
  private static let slotLength = blockLength + overlap

  private let storage: UnsafeMutableRawPointer
  private let slots: UnsafeMutablePointer<Slot>
  private var large = UnsafeMutableRawBufferPointer(start: nil, count: 0)

  private struct Slot {
    /// File and number of the block.
    var tag = UInt64.max
    /// What of it was read.
    var start = 0
    var end = 0
    /// It was read as far as the file goes.
    var isWhole = false

    @inline(__always)
    func holds(_ start: Int, _ count: Int) -> Bool { start >= self.start && start &+ count <= end }
  }

  /// Bytes that are read of a block which does not follow the one before: what entries share stands far from them, and
  /// hardly anything else of its block is wanted.
  private static let glimpse = 2 << 10
  private static let glimpseAlignment = 512
  /// The block that was read whole last.
  private var lastTag = UInt64.max

  init() {
    storage = .allocate(byteCount: Self.blockCount * Self.slotLength, alignment: 4096)
    slots = .allocate(capacity: Self.blockCount)
    slots.initialize(repeating: Slot(), count: Self.blockCount)
  }

  deinit {
    storage.deallocate()
    slots.deallocate()
    large.deallocate()
  }

  /// The bytes at a place of a file; valid until the next call.
  ///
  /// - Parameters:
  ///   - file: to look into.
  ///   - index: tells one file from another; below 2^24.
  ///   - offset: not negative.
  ///   - count: not negative.
  /// - Returns: `nil` when the file does not reach that far, or the disk refuses.
  @inline(__always)
  mutating func bytes(
    _ file: OpenJournalFile, index: Int, at offset: Int, count: Int
  ) -> UnsafeRawBufferPointer? {
    let block = offset / Self.blockLength
    let start = offset % Self.blockLength
    guard start &+ count <= Self.slotLength else { return largeBytes(file, at: offset, count: count) }
    let tag = UInt64(truncatingIfNeeded: index) << 40 | UInt64(truncatingIfNeeded: block)
    let slot = (block &+ index &* 37) & (Self.blockCount - 1)
    if slots[slot].tag != tag || !slots[slot].holds(start, count) {
      guard load(file, block: block, tag: tag, into: slot, start, count) else { return nil }
    }
    return UnsafeRawBufferPointer(start: storage + (slot &* Self.slotLength &+ start), count: count)
  }

  /// - Returns: whether the slot has those bytes of the block now.
  private mutating func load(
    _ file: OpenJournalFile, block: Int, tag: UInt64, into slot: Int, _ start: Int, _ count: Int
  ) -> Bool {
    let isNew = slots[slot].tag != tag
    if !isNew && slots[slot].isWhole { return false }
    let first = start & ~(Self.glimpseAlignment - 1)
    let isGlimpse =
      isNew && tag &- lastTag > 1 && start + count <= first + Self.glimpse
      && first + Self.glimpse <= Self.slotLength
    let range = isGlimpse ? first..<(first + Self.glimpse) : 0..<Self.slotLength
    let buffer = UnsafeMutableRawBufferPointer(
      start: storage + (slot * Self.slotLength + range.lowerBound), count: range.count)
    guard let read = file.read(into: buffer, at: block * Self.blockLength + range.lowerBound) else {
      slots[slot] = Slot()
      return false
    }
    if !isGlimpse { lastTag = tag }
    slots[slot] = Slot(
      tag: tag, start: range.lowerBound, end: range.lowerBound + read,
      isWhole: !isGlimpse || read < range.count && range.lowerBound == 0)
    return slots[slot].holds(start, count)
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
