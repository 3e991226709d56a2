/// A list of plain values that is filled and emptied once an entry: an array without the checks for other owners.
struct ScratchList<Element: BitwiseCopyable>: ~Copyable {
  fileprivate var base: UnsafeMutablePointer<Element>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 64) {
    self.capacity = max(1, capacity)
    base = .allocate(capacity: self.capacity)
  }

  deinit {
    base.deallocate()
  }

  var all: UnsafeBufferPointer<Element> { UnsafeBufferPointer(start: base, count: count) }

  /// - Parameter index: below `count`.
  @inline(__always)
  subscript(index: Int) -> Element {
    precondition(index >= 0 && index < count)
    return base[index]
  }

  mutating func removeAll() { count = 0 }

  @inline(__always)
  mutating func append(_ element: Element) {
    if count == capacity { grow() }
    (base + count).initialize(to: element)
    count &+= 1
  }

  @inline(__always)
  mutating func append(_ elements: UnsafeBufferPointer<Element>) {
    guard let start = elements.baseAddress else { return }
    while capacity &- count < elements.count { grow() }
    (base + count).initialize(from: start, count: elements.count)
    count &+= elements.count
  }

  /// Appends so many elements.
  @inline(__always)
  mutating func append(_ count: Int, _ element: (Int) -> Element) {
    while capacity &- self.count < count { grow() }
    for index in 0..<count { (base + (self.count &+ index)).initialize(to: element(index)) }
    self.count &+= count
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
    larger.initialize(from: base, count: count)
    base.deallocate()
    (base, capacity) = (larger, capacity * 2)
  }
}

extension ScratchList where Element == Int {
  /// Whether those numbers stand at that place of the list.
  @inline(__always)
  func holds(_ numbers: UnsafeBufferPointer<Int>, at start: Int) -> Bool {
    guard start >= 0, start &+ numbers.count <= count else { return false }
    for index in 0..<numbers.count where base[start &+ index] != numbers[index] { return false }
    return true
  }

  /// Part of the list.
  ///
  /// - Parameters:
  ///   - start: in the list.
  ///   - length: that the list has from there.
  /// - Returns: it, until the list changes.
  @inline(__always)
  func slice(_ start: Int, _ length: Int) -> UnsafeBufferPointer<Int> {
    precondition(start >= 0 && length >= 0 && start &+ length <= count)
    return UnsafeBufferPointer(start: base + start, count: length)
  }
}
