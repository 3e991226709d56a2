/// The sets of fields that entries of a process share, each written once in a chunk.
///
/// A context is a line `{"__CONTEXT":"17.3","_EXE":"…",…}`: the chunk and its number there. Entries refer to it by the
/// member `"__CONTEXT":"17.3"` behind `_BOOT_ID`; together they have all fields. A context stands before the
/// entries that refer to it, and is of no use after the last line of its chunk.
struct JournalContexts: ~Copyable {
  struct Number {
    var chunk: Int
    var index: Int
  }

  private var chunk = 0
  private var file = 0
  private var hash: UInt64 = 0
  private var wanted = ScratchList<Int>()
  /// Places of the fields of each context, one after the other.
  private var known: [Int] = []
  private var ranges: [(file: Int, range: Range<Int>)] = []
  private var numbers: [UInt64: [Int]] = [:]

  mutating func removeAll(chunk: Int) {
    self.chunk = chunk
    known.removeAll(keepingCapacity: true)
    ranges.removeAll(keepingCapacity: true)
    numbers.removeAll(keepingCapacity: true)
  }

  /// Begins the context of an entry.
  mutating func begin(file: Int) {
    self.file = file
    hash = UInt64(file)
    wanted.removeAll()
  }

  mutating func add(_ offset: Int) {
    wanted.append(offset)
    hash = (hash ^ UInt64(offset)) &* 0x9E37_79B9_7F4A_7C15
    hash ^= hash >> 29
  }

  /// - Returns: the context's number, and whether it is a new one; `nil` when there are no fields.
  mutating func find() -> (number: Number, isNew: Bool)? {
    guard wanted.count > 0 else { return nil }
    for index in numbers[hash] ?? []
    where ranges[index].file == file && known[ranges[index].range].elementsEqual(wanted.all) {
      return (Number(chunk: chunk, index: index), false)
    }
    let index = ranges.count
    ranges.append((file, known.count..<(known.count + wanted.count)))
    known.append(contentsOf: wanted.all)
    numbers[hash, default: []].append(index)
    return (Number(chunk: chunk, index: index), true)
  }

  func appendHeader(_ number: Number, to output: inout ByteBuffer) {
    output.append(literal: "{\"__CONTEXT\":\"")
    Self.append(number, to: &output)
    output.append(UInt8(ascii: "\""))
  }

  static func append(_ number: Number, to output: inout ByteBuffer) {
    output.append(decimal: UInt64(number.chunk))
    output.append(UInt8(ascii: "."))
    output.append(decimal: UInt64(number.index))
  }
}
