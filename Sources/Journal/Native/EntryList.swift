/// The places of entries in a file, in the order in which they were written: the file's own list, or that of one
/// DATA object ("Entry Array Objects").
///
/// The arrays of a list grow twofold, so there are few: they are looked up once, and any place is found from them.
struct EntryList {
  private struct Span {
    /// Where the first offset of the array stands.
    var items: Int
    /// Number of entries before it.
    var first: Int
    var count: Int
  }

  /// The one entry that a DATA object names outside of its arrays.
  private let inline: Int?
  private var spans: [Span] = []
  /// Number of places that can be read; fewer than promised when an array is damaged.
  private(set) var count: Int
  /// Where the chain of arrays broke; `nil` when it is whole.
  private(set) var brokenAt: Int?

  /// - Parameters:
  ///   - file: that it is in.
  ///   - head: offset of the first array; 0 for none.
  ///   - inline: offset of the one entry that stands outside of the arrays.
  ///   - promised: number of entries.
  ///   - reader: of this thread.
  init(
    _ file: NativeFile, head: Int, inline: Int? = nil, promised: Int, reader: inout ObjectReader
  ) {
    self.inline = inline
    count = inline == nil || promised == 0 ? 0 : 1
    var offset = head
    var last = 0
    while count < promised, offset != 0 {
      // Arrays are written one after the other: an offset that does not grow would be a loop.
      guard offset > last,
        let bytes = reader.object(file, at: offset, type: .entryArray, count: JournalFormat.entryArrayHeader),
        let size = Int(exactly: bytes.le64(8)), file.holds(offset, size)
      else { break }
      let capacity = (size - JournalFormat.entryArrayHeader) / file.offsetSize
      let next = Int(truncatingIfNeeded: bytes.le64(16))
      let used = min(capacity, promised - count)
      // One without items is damage, and must not stand for a place.
      if used > 0 {
        spans.append(Span(items: offset + JournalFormat.entryArrayHeader, first: count, count: used))
      }
      count += used
      (last, offset) = (offset, next)
    }
    if count < promised { brokenAt = offset }
  }

  /// The offset of one entry; `nil` when it cannot be read, 0 where nothing was written yet.
  func offset(at index: Int, _ file: NativeFile, _ reader: inout ObjectReader) -> Int? {
    if index == 0, let inline { return inline }
    guard let span = span(of: index),
      let bytes = reader.bytes(
        file, at: span.items + (index - span.first) * file.offsetSize, count: file.offsetSize)
    else { return nil }
    return file.isCompact ? Int(bytes.le32(0)) : Int(truncatingIfNeeded: bytes.le64(0))
  }

  /// Places that are read at a time: thousands of files may be open, each with so many.
  private static let filling = 512

  /// Puts the offsets of at most `filling` entries from `index` on into `offsets`; none when they cannot be read.
  func fill(
    _ offsets: inout [Int], from index: Int, to end: Int, _ file: NativeFile, _ reader: inout ObjectReader
  ) {
    offsets.removeAll(keepingCapacity: true)
    if index == 0, end > 0, let inline {
      offsets.append(inline)
      return
    }
    guard let span = span(of: index) else { return }
    let number = min(Self.filling, span.first + span.count - index, end - index)
    guard number > 0,
      let bytes = reader.bytes(
        file, at: span.items + (index - span.first) * file.offsetSize, count: number * file.offsetSize)
    else { return }
    for item in 0..<number {
      offsets.append(
        file.isCompact ? Int(bytes.le32(item &* 4)) : Int(truncatingIfNeeded: bytes.le64(item &* 8)))
    }
  }

  /// Appends all offsets within the bounds.
  /// - Returns: whether the list is in order; a list that is not is damaged.
  func collect(
    _ found: inout [Int], in bounds: ClosedRange<Int>, _ file: NativeFile, _ reader: inout ObjectReader
  ) -> Bool {
    var offsets: [Int] = []
    var index = 0
    var last = 0
    while index < count {
      fill(&offsets, from: index, to: count, file, &reader)
      guard !offsets.isEmpty else { return false }
      for offset in offsets {
        guard offset > last else { return false }
        if bounds.contains(offset) { found.append(offset) }
        last = offset
      }
      index += offsets.count
    }
    return true
  }

  /// The array that holds a place. By bisection: a damaged file can have as many arrays as entries.
  private func span(of index: Int) -> Span? {
    var low = 0
    var high = spans.count
    while low < high {
      let middle = (low + high) / 2
      if spans[middle].first <= index { low = middle + 1 } else { high = middle }
    }
    guard low > 0, index - spans[low - 1].first < spans[low - 1].count else { return nil }
    return spans[low - 1]
  }
}
