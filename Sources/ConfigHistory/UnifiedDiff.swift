/// The difference of two texts as the hunks of a unified diff, which `patch` and `git apply` take.
///
/// Texts are bytes: a line ends with LF or with the text, and CR is a byte of it like any other.
package enum UnifiedDiff {
  /// - Parameters:
  ///   - old: the text before.
  ///   - new: the text after.
  ///   - context: unchanged lines around a change.
  /// - Returns: hunks without a header for the files; empty where the texts are equal.
  package static func hunks(old: [UInt8], new: [UInt8], context: Int = 3) -> [UInt8] {
    guard old != new else { return [] }
    let old = lines(of: old)
    let new = lines(of: new)
    var output: [UInt8] = []
    for group in groups(of: edits(from: old, to: new), context: context) {
      write(group, old, new, context: context, to: &output)
    }
    return output
  }

  /// Lines of `old` that lines of `new` take the place of.
  private struct Edit {
    var old: Range<Int>
    var new: Range<Int>
  }

  private static func lines(of text: [UInt8]) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = 0
    while start < text.count {
      let end = text[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? text.count
      lines.append(text[start..<end])
      start = end
    }
    return lines
  }

  private static func edits(from old: [ArraySlice<UInt8>], to new: [ArraySlice<UInt8>]) -> [Edit] {
    let (isDeleted, isInserted) = changedLines(old, new)
    var edits: [Edit] = []
    var (oldPlace, newPlace) = (0, 0)
    while oldPlace < old.count || newPlace < new.count {
      let (oldStart, newStart) = (oldPlace, newPlace)
      while oldPlace < old.count, isDeleted[oldPlace] { oldPlace += 1 }
      while newPlace < new.count, isInserted[newPlace] { newPlace += 1 }
      if oldPlace > oldStart || newPlace > newStart {
        edits.append(Edit(old: oldStart..<oldPlace, new: newStart..<newPlace))
      } else {
        oldPlace += 1
        newPlace += 1
      }
    }
    return edits
  }

  /// A line that only one of the texts has cannot be common to both: the search sees the others only, which
  /// makes unrelated texts cheap and leaves the result the shortest.
  private static func changedLines(
    _ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>]
  ) -> (isDeleted: [Bool], isInserted: [Bool]) {
    var numbers: [Line: Int] = [:]
    numbers.reserveCapacity(old.count + new.count)
    func number(_ line: ArraySlice<UInt8>) -> Int {
      let next = numbers.count
      // Access for writing inserts the default: one search for each line.
      return { (number: inout Int) in number }(&numbers[Line(bytes: line), default: next])
    }
    let oldNumbers = old.map(number)
    let newNumbers = new.map(number)
    let oldCommon = places(of: oldNumbers, in: newNumbers, bound: numbers.count)
    let newCommon = places(of: newNumbers, in: oldNumbers, bound: numbers.count)
    let difference = LineDifference(
      old: oldCommon.map { oldNumbers[$0] }, new: newCommon.map { newNumbers[$0] })
    var isDeleted = Array(repeating: true, count: old.count)
    var isInserted = Array(repeating: true, count: new.count)
    for (place, isChanged) in zip(oldCommon, difference.isDeleted) { isDeleted[place] = isChanged }
    for (place, isChanged) in zip(newCommon, difference.isInserted) { isInserted[place] = isChanged }
    var deletions = ChangeGroups(lines: oldNumbers, isChanged: isDeleted, isOtherChanged: isInserted)
    deletions.compact()
    var insertions = ChangeGroups(
      lines: newNumbers, isChanged: isInserted, isOtherChanged: deletions.isChanged)
    insertions.compact()
    return (deletions.isChanged, insertions.isChanged)
  }

  /// Where the numbers stand that others have too.
  private static func places(of numbers: [Int], in others: [Int], bound: Int) -> [Int] {
    var isInOthers = Array(repeating: false, count: bound)
    for number in others { isInOthers[number] = true }
    return numbers.indices.filter { isInOthers[numbers[$0]] }
  }

  /// Hashes a line at once; an array hashes byte by byte.
  private struct Line: Hashable {
    let bytes: ArraySlice<UInt8>

    func hash(into hasher: inout Hasher) {
      bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
  }

  /// Edits so close that their context would touch share a hunk.
  private static func groups(of edits: [Edit], context: Int) -> [ArraySlice<Edit>] {
    var groups: [ArraySlice<Edit>] = []
    var start = 0
    for place in edits.indices {
      let next = place + 1
      if next < edits.count, edits[next].old.lowerBound - edits[place].old.upperBound <= 2 * context {
        continue
      }
      groups.append(edits[start..<next])
      start = next
    }
    return groups
  }

  private static func write(
    _ group: ArraySlice<Edit>, _ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>], context: Int,
    to output: inout [UInt8]
  ) {
    guard let first = group.first, let last = group.last else { return }
    let before = min(context, first.old.lowerBound)
    let after = min(context, old.count - last.old.upperBound)
    let oldRange = (first.old.lowerBound - before)..<(last.old.upperBound + after)
    let newRange = (first.new.lowerBound - before)..<(last.new.upperBound + after)
    output += Array("@@ -\(place(oldRange)) +\(place(newRange)) @@\n".utf8)
    var done = oldRange.lowerBound
    for edit in group {
      write(old[done..<edit.old.lowerBound], mark: UInt8(ascii: " "), to: &output)
      write(old[edit.old], mark: UInt8(ascii: "-"), to: &output)
      write(new[edit.new], mark: UInt8(ascii: "+"), to: &output)
      done = edit.old.upperBound
    }
    write(old[done..<oldRange.upperBound], mark: UInt8(ascii: " "), to: &output)
  }

  private static func write(_ lines: ArraySlice<ArraySlice<UInt8>>, mark: UInt8, to output: inout [UInt8]) {
    for line in lines {
      output.append(mark)
      output += line
      if line.last != UInt8(ascii: "\n") { output += Array("\n\\ No newline at end of file\n".utf8) }
    }
  }

  /// The first line, counted from 1, and the number of lines where that is not 1. An empty range names the
  /// line before it.
  private static func place(_ range: Range<Int>) -> String {
    switch range.count {
    case 0: "\(range.lowerBound),0"
    case 1: "\(range.lowerBound + 1)"
    default: "\(range.lowerBound + 1),\(range.count)"
    }
  }
}
