/// Keeps the values of a few named fields of one entry, in memory that is reused from entry to entry.
struct FieldSlots: Sendable {
  private let names: [StaticString]
  /// Slots by the length of their name, so that most fields are passed over at the first look.
  private let slotsByLength: [[Int]]
  /// Longer values are kept up to this length.
  private let limit: Int
  private var ranges: [Range<Int>?]
  private var storage: [UInt8] = []

  init(_ names: [StaticString], limit: Int) {
    self.names = names
    self.limit = limit
    ranges = Array(repeating: nil, count: names.count)
    let longest = names.map(\.utf8CodeUnitCount).max() ?? 0
    slotsByLength = (0...longest).map { length in
      names.indices.filter { names[$0].utf8CodeUnitCount == length }
    }
  }

  mutating func removeAll() {
    storage.removeAll(keepingCapacity: true)
    for slot in ranges.indices { ranges[slot] = nil }
  }

  /// Keeps the value if the name is one of ours; the last value of a name counts.
  mutating func take(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    guard name.count < slotsByLength.count else { return }
    for slot in slotsByLength[name.count] where name.equals(names[slot]) {
      let start = storage.count
      storage.append(UnsafeRawBufferPointer(rebasing: value.prefix(limit)))
      ranges[slot] = start..<storage.count
    }
  }

  /// Lends the value in a slot; `nil` when the entry does not have the field.
  func withValue<R>(_ slot: Int, _ body: (UnsafeRawBufferPointer) -> R) -> R? {
    ranges[slot].map { range in
      storage.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[range])) }
    }
  }

  func text(_ slot: Int) -> String? {
    withValue(slot) { String(decoding: $0, as: UTF8.self) }
  }
}
