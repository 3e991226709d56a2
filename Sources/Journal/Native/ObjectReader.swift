/// Reads objects of journal files, each checked before a byte of it is used. One for each thread.
struct ObjectReader: ~Copyable {
  private var windows = FileWindows()
  private var decompressor = Decompressor()
  /// Bytes of a payload that are wanted at most.
  private let limit: Int

  /// - Parameter fieldLimit: bytes of a field's value that are wanted at most.
  init(fieldLimit: Int) {
    // Above the limit by more than the longest field name, so that a field that was cut shows as too long.
    limit = fieldLimit + 4096
  }

  /// One field of an entry, as the entry names it.
  struct Item: BitwiseCopyable {
    var offset: Int
    /// The hash that its object must have, where the entry tells it: compact files do not.
    var hash: UInt64
    var hasHash: Bool

    init(offset: Int) {
      (self.offset, hash, hasHash) = (offset, 0, false)
    }

    init(offset: Int, hash: UInt64) {
      (self.offset, self.hash, hasHash) = (offset, hash, true)
    }
  }

  /// A DATA object.
  struct Field {
    /// `NAME=value`; valid until the next call.
    var payload: UnsafeRawBufferPointer
    /// Entries that refer to it.
    var uses: UInt64
    /// The payload is longer than what was wanted of it.
    var isCut: Bool
    /// The payload has the hash that it was written with; not known of what was cut.
    var isIntact: Bool
  }

  /// What an entry says besides its fields.
  /// - Returns: `nil` when there is no entry.
  @inline(__always)
  mutating func entry(_ file: NativeFile, at offset: Int) -> JournalEntry? {
    guard file.holds(offset, JournalFormat.entryHeader),
      let bytes = windows.bytes(file.file, index: file.index, at: offset, count: JournalFormat.entryHeader)
    else { return nil }
    return Self.entry(bytes, file)
  }

  @inline(__always)
  private static func entry(_ bytes: UnsafeRawBufferPointer, _ file: NativeFile) -> JournalEntry? {
    guard bytes[0] == JournalFormat.ObjectType.entry.rawValue,
      bytes.le64(8) >= UInt64(JournalFormat.entryHeader)
    else { return nil }
    let entry = JournalEntry(
      sequenceID: file.sequenceID, sequenceNumber: bytes.le64(16), bootID: bytes.id(40),
      monotonic: bytes.le64(32),
      realtime: bytes.le64(24), fieldsHash: bytes.le64(56))
    return entry.isPlausible ? entry : nil
  }

  /// As `entry`, with as little of the disk read as can be: for places far from one another.
  func probe(_ file: NativeFile, at offset: Int) -> JournalEntry? {
    guard file.holds(offset, JournalFormat.entryHeader) else { return nil }
    return withUnsafeTemporaryAllocation(byteCount: JournalFormat.entryHeader, alignment: 8) { buffer in
      guard file.file.read(into: buffer, at: offset) == buffer.count else { return nil }
      return Self.entry(UnsafeRawBufferPointer(buffer), file)
    }
  }

  /// Puts the items of an entry into `items`.
  /// - Returns: whether they could be read.
  mutating func items(_ file: NativeFile, at offset: Int, into items: inout ScratchList<Item>) -> Bool {
    items.removeAll()
    guard file.holds(offset, JournalFormat.entryHeader),
      let head = windows.bytes(file.file, index: file.index, at: offset, count: JournalFormat.entryHeader)
    else { return false }
    let size = head.le64(8)
    let longest = JournalFormat.entryHeader + JournalFormat.itemLimit * file.itemSize
    guard size >= UInt64(JournalFormat.entryHeader), size <= UInt64(longest), file.holds(offset, Int(size)),
      let bytes = windows.bytes(file.file, index: file.index, at: offset, count: Int(size))
    else { return false }
    var place = JournalFormat.entryHeader
    if file.isCompact {
      while place &+ 4 <= bytes.count {
        items.append(Item(offset: Int(bytes.le32(place))))
        place &+= 4
      }
    } else {
      while place &+ 16 <= bytes.count {
        items.append(Item(offset: Int(truncatingIfNeeded: bytes.le64(place)), hash: bytes.le64(place &+ 8)))
        place &+= 16
      }
    }
    return true
  }

  /// - Returns: `nil` when the object is not there, or is damaged beyond use.
  mutating func field(_ file: NativeFile, _ item: Item) -> Field? {
    let headerLength = file.payloadOffset
    guard file.holds(item.offset, headerLength),
      let head = windows.bytes(file.file, index: file.index, at: item.offset, count: headerLength),
      head[0] == JournalFormat.ObjectType.data.rawValue
    else { return nil }
    let (size, flag, hash, uses) = (head.le64(8), head[1], head.le64(16), head.le64(56))
    guard size > UInt64(headerLength), size <= UInt64(JournalFormat.payloadLimit + headerLength),
      !item.hasHash || item.hash == hash, file.holds(item.offset, Int(size))
    else { return nil }
    let stored = Int(size) - headerLength
    guard flag & JournalFormat.ObjectFlag.all == 0 else {
      return compressedField(file, item, stored: stored, flag: flag, hash: hash, uses: uses)
    }
    let wanted = min(stored, limit)
    guard
      let bytes = windows.bytes(
        file.file, index: file.index, at: item.offset + headerLength, count: wanted)
    else { return nil }
    return checked(
      Field(payload: bytes, uses: uses, isCut: wanted < stored, isIntact: true), hash: hash, in: file)
  }

  private mutating func compressedField(
    _ file: NativeFile, _ item: Item, stored: Int, flag: UInt8, hash: UInt64, uses: UInt64
  ) -> Field? {
    guard
      let bytes = windows.bytes(
        file.file, index: file.index, at: item.offset + file.payloadOffset, count: stored),
      let unpacked = decompressor.unpack(bytes, flag: flag & JournalFormat.ObjectFlag.all, limit: limit)
    else { return nil }
    return checked(
      Field(payload: unpacked.bytes, uses: uses, isCut: unpacked.isCut, isIntact: true), hash: hash, in: file)
  }

  /// Compares the payload with its hash. What does not match is shown all the same, as libsystemd does, unless it is
  /// so long that its size is likely what was damaged: then it would be the neighbours' bytes.
  private func checked(_ field: Field, hash: UInt64, in file: NativeFile) -> Field? {
    if field.isCut { return field }
    let actual =
      file.flags.contains(.keyedHash)
      ? DataHash.sip(field.payload, key: file.fileID) : DataHash.jenkins(field.payload)
    if actual == hash { return field }
    guard field.payload.count <= 4096 else { return nil }
    var field = field
    field.isIntact = false
    return field
  }

  /// Bytes of an object of that type with at least so many bytes: its header and what is wanted of the rest.
  mutating func object(
    _ file: NativeFile, at offset: Int, type: JournalFormat.ObjectType, count: Int
  ) -> UnsafeRawBufferPointer? {
    guard file.holds(offset, count),
      let bytes = windows.bytes(file.file, index: file.index, at: offset, count: count),
      bytes[0] == type.rawValue, bytes.le64(8) >= UInt64(count)
    else { return nil }
    return bytes
  }

  /// Bytes within an object whose extent the caller has checked.
  mutating func bytes(_ file: NativeFile, at offset: Int, count: Int) -> UnsafeRawBufferPointer? {
    guard offset >= 0, count >= 0, offset <= file.limit, count <= file.limit - offset else { return nil }
    return windows.bytes(file.file, index: file.index, at: offset, count: count)
  }

  /// Gives back the memory that a long message took.
  mutating func shrink() {
    windows.shrink()
    decompressor.shrink()
  }
}

extension JournalEntry {
  /// Whether the numbers can be those of an entry; the bounds are libsystemd's.
  var isPlausible: Bool {
    sequenceNumber > 0 && realtime > 0 && realtime < 1 << 55 && monotonic < 1 << 55
      && (bootID.high | bootID.low) != 0
  }
}
