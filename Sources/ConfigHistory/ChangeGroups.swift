/// Moves runs of changed lines to where they make the fewest and smallest hunks, without changing what the
/// difference says.
///
/// A run that begins with the lines that follow it may as well stand one line further down, and the other way
/// round. A run that meets another one becomes one with it, and a run that can stand beside a change of the
/// other text makes one edit of two.
struct ChangeGroups {
  /// Steps that runs may move, for each line: a bound for texts that repeat themselves.
  private static let stepsPerLine = 32

  private let lines: [Int]
  private(set) var isChanged: [Bool]
  private let isOtherChanged: [Bool]
  private var steps: Int

  /// - Parameters:
  ///   - lines: the text whose runs move, a number for each different line.
  ///   - isChanged: which of them are not in the other text.
  ///   - isOtherChanged: the same of the other text.
  init(lines: [Int], isChanged: [Bool], isOtherChanged: [Bool]) {
    self.lines = lines
    self.isChanged = isChanged
    self.isOtherChanged = isOtherChanged
    steps = (lines.count + 1) * Self.stepsPerLine
  }

  /// The lines between two unchanged ones: none, or a run.
  private struct Group {
    var start: Int
    var end: Int

    var isEmpty: Bool { start == end }

    init(at start: Int, in isChanged: [Bool]) {
      self.start = start
      end = start
      extend(in: isChanged)
    }

    mutating func extend(in isChanged: [Bool]) {
      while end < isChanged.count, isChanged[end] { end += 1 }
    }

    mutating func extendUp(in isChanged: [Bool]) {
      while start > 0, isChanged[start - 1] { start -= 1 }
    }

    /// - Returns: false at the end of the text.
    mutating func next(in isChanged: [Bool]) -> Bool {
      guard end < isChanged.count else { return false }
      self = Group(at: end + 1, in: isChanged)
      return true
    }

    mutating func previous(in isChanged: [Bool]) {
      end = start - 1
      start = end
      extendUp(in: isChanged)
    }
  }

  /// Moves every run of the text. The unchanged lines of the two texts pair up in order, so that the groups
  /// between them do, too.
  mutating func compact() {
    var group = Group(at: 0, in: isChanged)
    var other = Group(at: 0, in: isOtherChanged)
    repeat {
      if !group.isEmpty { place(&group, &other) }
    } while group.next(in: isChanged) && other.next(in: isOtherChanged)
  }

  private mutating func place(_ group: inout Group, _ other: inout Group) {
    var size: Int
    var highest: Int
    var besideOther: Int?
    repeat {
      size = group.end - group.start
      while slideUp(&group) { other.previous(in: isOtherChanged) }
      highest = group.end
      besideOther = other.isEmpty ? nil : group.end
      while slideDown(&group) {
        _ = other.next(in: isOtherChanged)
        if !other.isEmpty { besideOther = group.end }
      }
    } while size != group.end - group.start && steps > 0
    guard let besideOther, highest < group.end else { return }
    while group.end > besideOther, slideUp(&group) { other.previous(in: isOtherChanged) }
  }

  private mutating func slideUp(_ group: inout Group) -> Bool {
    guard steps > 0, group.start > 0, lines[group.start - 1] == lines[group.end - 1] else { return false }
    steps -= 1
    group.start -= 1
    group.end -= 1
    isChanged[group.start] = true
    isChanged[group.end] = false
    group.extendUp(in: isChanged)
    return true
  }

  private mutating func slideDown(_ group: inout Group) -> Bool {
    guard steps > 0, group.end < lines.count, lines[group.start] == lines[group.end] else { return false }
    steps -= 1
    isChanged[group.start] = false
    isChanged[group.end] = true
    group.start += 1
    group.end += 1
    group.extend(in: isChanged)
    return true
  }
}
