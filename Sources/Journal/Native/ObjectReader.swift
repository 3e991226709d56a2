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

  /// As `entry`, with the bytes that the object claims to have.
  @inline(__always)
  mutating func sizedEntry(_ file: NativeFile, at offset: Int) -> (entry: JournalEntry, size: Int)? {
    guard file.holds(offset, JournalFormat.entryHeader),
      let bytes = windows.bytes(file.file, index: file.index, at: offset, count: JournalFormat.entryHeader),
      let entry = Self.entry(bytes, file)
    else { return nil }
    return (entry, Int(clamping: bytes.le64(8)))
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
  mutating func items(_ file: NativeFile, at offset: Int, into items: inout ItemList) -> Bool {
    items.removeAll()
    guard file.holds(offset, JournalFormat.entryHeader),
      let head = windows.bytes(file.file, index: file.index, at: offset, count: JournalFormat.entryHeader)
    else { return false }
    let size = head.le64(8)
    let longest = JournalFormat.entryHeader + JournalFormat.itemLimit * file.itemSize
    guard size >= UInt64(JournalFormat.entryHeader), size <= UInt64(longest), file.holds(offset, Int(size)),
      let bytes = windows.bytes(file.file, index: file.index, at: offset, count: Int(size))
    else { return false }
    items.read(
      UnsafeRawBufferPointer(rebasing: bytes[JournalFormat.entryHeader...]), isCompact: file.isCompact)
    return true
  }

  /// - Parameters:
  ///   - file: that it is in.
  ///   - item: where.
  ///   - checksHash: whether `isIntact` is to be told; without, it is `true`.
  /// - Returns: `nil` when the object is not there, or is damaged beyond use.
  mutating func field(_ file: NativeFile, _ item: ItemList.Item, checksHash: Bool = true) -> Field? {
    let headerLength = file.payloadOffset
    guard file.holds(item.offset, headerLength),
      let head = windows.bytes(file.file, index: file.index, at: item.offset, count: headerLength),
      head[0] == JournalFormat.ObjectType.data.rawValue
    else { return nil }
    let (size, flag, hash, uses) = (head.le64(8), head[1], head.le64(16), head.le64(56))
    guard size > UInt64(headerLength), size <= UInt64(JournalFormat.payloadLimit + headerLength),
      (item.hash ?? hash) == hash, file.holds(item.offset, Int(size))
    else { return nil }
    let stored = Int(size) - headerLength
    guard flag & JournalFormat.ObjectFlag.all == 0 else {
      let field = compressedField(file, item, stored: stored, flag: flag, uses: uses)
      return checksHash ? field.flatMap { checked($0, hash: hash, in: file) } : field
    }
    let wanted = min(stored, limit)
    guard
      let bytes = windows.bytes(
        file.file, index: file.index, at: item.offset + headerLength, count: wanted)
    else { return nil }
    let field = Field(payload: bytes, uses: uses, isCut: wanted < stored, isIntact: true)
    return checksHash ? checked(field, hash: hash, in: file) : field
  }

  private mutating func compressedField(
    _ file: NativeFile, _ item: ItemList.Item, stored: Int, flag: UInt8, uses: UInt64
  ) -> Field? {
    guard
      let bytes = windows.bytes(
        file.file, index: file.index, at: item.offset + file.payloadOffset,
        count: min(stored, Self.compressedBound(limit))),
      let unpacked = decompressor.unpack(bytes, flag: flag & JournalFormat.ObjectFlag.all, limit: limit)
    else { return nil }
    return Field(payload: unpacked.bytes, uses: uses, isCut: unpacked.isCut, isIntact: true)
  }

  /// What the first so many bytes take in the file at most: no codec makes them longer by more than a 64th, and zstd
  /// wants the whole block of 128 KiB (RFC 8878, 3.1.1.2.4) before it gives any of it.
  private static func compressedBound(_ count: Int) -> Int { count + count / 64 + (256 << 10) }

  /// Whether the DATA object there is this field. Costs no more than the field is long, whatever the object claims.
  mutating func holds(_ text: [UInt8], hash: UInt64, _ file: NativeFile, at offset: Int) -> Bool {
    guard let head = object(file, at: offset, type: .data, count: file.payloadOffset),
      head.le64(16) == hash
    else { return false }
    let (size, flag) = (head.le64(8), head[1] & JournalFormat.ObjectFlag.all)
    guard size <= UInt64(JournalFormat.payloadLimit), file.holds(offset, Int(size)) else { return false }
    let stored = Int(size) - file.payloadOffset
    guard flag != 0 || stored == text.count,
      let bytes = bytes(
        file, at: offset + file.payloadOffset, count: min(stored, Self.compressedBound(text.count)))
    else { return false }
    guard flag != 0 else { return bytes.elementsEqual(text) }
    return decompressor.unpack(bytes, flag: flag, limit: text.count + 1)?.bytes.elementsEqual(text) == true
  }

  /// The hash that stands in a DATA object.
  mutating func hash(_ file: NativeFile, at offset: Int) -> UInt64? {
    object(file, at: offset, type: .data, count: file.payloadOffset)?.le64(16)
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
  /// Whether the numbers can be those of an entry; the bounds are libsystemd's, but for times after the year 2262,
  /// which no window reaches: an entry with such a time would be passed over as any other outside of the window.
  var isPlausible: Bool {
    sequenceNumber > 0 && realtime > 0 && realtime < UInt64(Int64.max / 1000) && monotonic < 1 << 55
  }
}
