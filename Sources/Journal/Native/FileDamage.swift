/// What of a file could not be read.
struct FileDamage: Equatable {
  /// Entries that were looked at.
  var visited = 0
  /// Places in the lists of entries that lead to none.
  private(set) var lostEntries = 0
  /// Where the first and the last of them should be, and after which sequence number the first.
  private(set) var firstLost: Int?
  private(set) var lastLost: Int?
  private(set) var firstLostAfter: UInt64 = 0
  /// Entries that were found although no list led to them.
  var unlisted = 0
  /// Offset of the array where the list of entries broke.
  var brokenListAt: Int?
  /// Offset of the object where the index of fields broke: all entries were looked through instead.
  var brokenIndexAt: Int?
  /// The file is shorter than its header says.
  var isTruncated = false

  var isAny: Bool {
    lostEntries > 0 || unlisted > 0 || brokenListAt != nil || brokenIndexAt != nil || isTruncated
  }

  mutating func lostEntry(at offset: Int, sequence: UInt64, count: Int = 1) {
    lostEntries += count
    lastLost = max(lastLost ?? offset, offset)
    if firstLost == nil { (firstLost, firstLostAfter) = (offset, sequence) }
  }
}
