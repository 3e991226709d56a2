/// Walks the objects of a file one after the other, as they were appended, to find entries that no list leads to
/// any more. Where an object is damaged it looks for the next place at which one can begin.
struct ObjectWalk {
  private var offset: Int

  init(from offset: Int) {
    self.offset = offset
  }

  /// The next entry behind `last`; `nil` at the end of the file.
  mutating func nextEntry(after last: Int, _ file: NativeFile, _ reader: inout ObjectReader) -> Int? {
    while let head = reader.bytes(file, at: offset, count: JournalFormat.objectHeader) {
      guard let size = Self.size(head, at: offset, in: file) else {
        offset += 8
        continue
      }
      let place = offset
      let isEntry = head[0] == JournalFormat.ObjectType.entry.rawValue
      if isEntry && !isOwn(place, size, file, &reader) {
        offset += 8
        continue
      }
      // A size that leads to no object is likely what was damaged: what it spans is looked through, too.
      offset += isFollowed(place, size, file, &reader) ? (size + 7) & ~7 : 8
      if isEntry && place > last { return place }
    }
    return nil
  }

  /// Bytes of the object whose header this can be.
  private static func size(_ head: UnsafeRawBufferPointer, at offset: Int, in file: NativeFile) -> Int? {
    let size = head.le64(8)
    guard JournalFormat.ObjectType(rawValue: head[0]) != nil, head[1] & ~JournalFormat.ObjectFlag.all == 0,
      head.le64(0) >> 16 == 0, size >= UInt64(JournalFormat.entryArrayHeader), size < 1 << 40,
      file.holds(offset, Int(size))
    else { return nil }
    return Int(size)
  }

  /// Whether another object, or nothing at all, stands behind this one.
  private func isFollowed(_ offset: Int, _ size: Int, _ file: NativeFile, _ reader: inout ObjectReader)
    -> Bool
  {
    let next = offset + (size + 7) & ~7
    guard let head = reader.bytes(file, at: next, count: JournalFormat.objectHeader) else { return true }
    return Self.size(head, at: next, in: file) != nil || (head.le64(0) | head.le64(8)) == 0
  }

  /// Whether an entry is one of this file's, rather than bytes that look like it.
  private func isOwn(_ offset: Int, _ size: Int, _ file: NativeFile, _ reader: inout ObjectReader) -> Bool {
    guard (size - JournalFormat.entryHeader) % file.itemSize == 0, size > JournalFormat.entryHeader,
      let entry = reader.entry(file, at: offset), (entry.bootID.high | entry.bootID.low) != 0
    else { return false }
    let last = max(file.tailSequenceNumber, file.headSequenceNumber)
    return entry.sequenceNumber >= file.headSequenceNumber && entry.sequenceNumber <= last
  }
}
