/// The fields of one entry, as the entry names them: filled and emptied once an entry.
struct ItemList: ~Copyable {
  /// One field of an entry.
  struct Item {
    /// Where its DATA object is.
    var offset: Int
    /// The hash that its object must have, where the entry tells it: compact files do not.
    var hash: UInt64?

    init(offset: Int, hash: UInt64? = nil) {
      (self.offset, self.hash) = (offset, hash)
    }
  }

  private(set) var offsets = ScratchList<Int>()
  /// As many as there are offsets; none of a compact file.
  private var hashes = ScratchList<UInt64>()

  var count: Int { offsets.count }

  /// - Parameter index: below `count`.
  subscript(index: Int) -> Item {
    @inline(__always) get {
      Item(offset: offsets[index], hash: hashes.count > 0 ? hashes[index] : nil)
    }
  }

  mutating func removeAll() {
    offsets.removeAll()
    hashes.removeAll()
  }

  /// Reads the items of an ENTRY object (JOURNAL_FILE_FORMAT, "Entry Objects").
  ///
  /// - Parameters:
  ///   - bytes: behind the head of the object.
  ///   - isCompact: whether the file has HEADER_INCOMPATIBLE_COMPACT.
  @inline(__always)
  mutating func read(_ bytes: UnsafeRawBufferPointer, isCompact: Bool) {
    var place = 0
    if isCompact {
      while place &+ 4 <= bytes.count {
        offsets.append(Int(bytes.le32(place)))
        place &+= 4
      }
    } else {
      while place &+ 16 <= bytes.count {
        offsets.append(Int(truncatingIfNeeded: bytes.le64(place)))
        hashes.append(bytes.le64(place &+ 8))
        place &+= 16
      }
    }
  }
}
