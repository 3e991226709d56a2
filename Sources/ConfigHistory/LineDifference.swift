/// Which elements of two sequences are not in a longest common subsequence of both.
///
/// Myers' greedy search from both ends in linear space ("An O(ND) Difference Algorithm and Its Variations",
/// 1986, section 4b). Beyond a cost the search goes on from the point that came furthest, so that unrelated
/// sequences take at most about |old + new| × √|old + new| steps; the result is then still right, but not the
/// shortest.
struct LineDifference {
  private(set) var isDeleted: [Bool]
  private(set) var isInserted: [Bool]

  private let old: [Int]
  private let new: [Int]
  /// Furthest place in `old` on each diagonal, from the start and from the end; `zero` is diagonal 0.
  private var forward: [Int]
  private var backward: [Int]
  private let zero: Int
  private let maximumCost: Int
  private static let minimumOfMaximumCost = 1024
  /// Far outside of all places, and far from overflow.
  private static let nowhere = Int.max / 8

  init(old: [Int], new: [Int]) {
    self.old = old
    self.new = new
    isDeleted = Array(repeating: false, count: old.count)
    isInserted = Array(repeating: false, count: new.count)
    let total = old.count + new.count
    zero = new.count + 1
    forward = Array(repeating: 0, count: total + 3)
    backward = forward
    maximumCost = max(Self.minimumOfMaximumCost, Int(Double(total).squareRoot()))
    run()
  }

  /// A part of both sequences.
  private struct Box {
    var oldLow: Int
    var oldHigh: Int
    var newLow: Int
    var newHigh: Int
  }

  private mutating func run() {
    var boxes = [Box(oldLow: 0, oldHigh: old.count, newLow: 0, newHigh: new.count)]
    while var box = boxes.popLast() {
      trim(&box)
      if box.oldLow == box.oldHigh {
        for place in box.newLow..<box.newHigh { isInserted[place] = true }
      } else if box.newLow == box.newHigh {
        for place in box.oldLow..<box.oldHigh { isDeleted[place] = true }
      } else {
        let (oldPlace, newPlace) = split(box)
        boxes.append(Box(oldLow: box.oldLow, oldHigh: oldPlace, newLow: box.newLow, newHigh: newPlace))
        boxes.append(Box(oldLow: oldPlace, oldHigh: box.oldHigh, newLow: newPlace, newHigh: box.newHigh))
      }
    }
  }

  private func trim(_ box: inout Box) {
    while box.oldLow < box.oldHigh, box.newLow < box.newHigh, old[box.oldLow] == new[box.newLow] {
      box.oldLow += 1
      box.newLow += 1
    }
    while box.oldLow < box.oldHigh, box.newLow < box.newHigh, old[box.oldHigh - 1] == new[box.newHigh - 1] {
      box.oldHigh -= 1
      box.newHigh -= 1
    }
  }

  /// The diagonals that a search has reached.
  private struct Band {
    var low: Int
    var high: Int

    /// One diagonal more on each side, or less where the box ends: only every other one changes in a step.
    mutating func grow(in limits: Band, _ reached: inout [Int], zero: Int, nowhere: Int) {
      if low > limits.low {
        low -= 1
        reached[zero + low - 1] = nowhere
      } else {
        low += 1
      }
      if high < limits.high {
        high += 1
        reached[zero + high + 1] = nowhere
      } else {
        high -= 1
      }
    }

    func contains(_ diagonal: Int) -> Bool { low <= diagonal && diagonal <= high }
  }

  /// A place on a shortest path through a box, or on a good one; never a corner that leaves the box whole.
  private mutating func split(_ box: Box) -> (old: Int, new: Int) {
    let limits = Band(low: box.oldLow - box.newHigh, high: box.oldHigh - box.newLow)
    let start = box.oldLow - box.newLow
    let end = box.oldHigh - box.newHigh
    var fromStart = Band(low: start, high: start)
    var fromEnd = Band(low: end, high: end)
    forward[zero + start] = box.oldLow
    backward[zero + end] = box.oldHigh
    let isOdd = !(start - end).isMultiple(of: 2)
    for _ in 0..<maximumCost {
      fromStart.grow(in: limits, &forward, zero: zero, nowhere: -Self.nowhere)
      if let meeting = advance(fromStart, in: box, meeting: isOdd ? fromEnd : nil) { return meeting }
      fromEnd.grow(in: limits, &backward, zero: zero, nowhere: Self.nowhere)
      if let meeting = retreat(fromEnd, in: box, meeting: isOdd ? nil : fromStart) { return meeting }
    }
    return furthest(in: box, fromStart, fromEnd)
  }

  private mutating func advance(_ band: Band, in box: Box, meeting other: Band?) -> (old: Int, new: Int)? {
    for diagonal in stride(from: band.high, through: band.low, by: -2) {
      let index = zero + diagonal
      var place = max(forward[index - 1] + 1, forward[index + 1])
      guard place >= box.oldLow, place <= box.oldHigh, place - diagonal <= box.newHigh else {
        forward[index] = -Self.nowhere
        continue
      }
      while place < box.oldHigh, place - diagonal < box.newHigh, old[place] == new[place - diagonal] {
        place += 1
      }
      forward[index] = place
      if let other, other.contains(diagonal), backward[index] <= place { return (place, place - diagonal) }
    }
    return nil
  }

  private mutating func retreat(_ band: Band, in box: Box, meeting other: Band?) -> (old: Int, new: Int)? {
    for diagonal in stride(from: band.high, through: band.low, by: -2) {
      let index = zero + diagonal
      var place = min(backward[index - 1], backward[index + 1] - 1)
      guard place <= box.oldHigh, place >= box.oldLow, place - diagonal >= box.newLow else {
        backward[index] = Self.nowhere
        continue
      }
      while place > box.oldLow, place - diagonal > box.newLow, old[place - 1] == new[place - diagonal - 1] {
        place -= 1
      }
      backward[index] = place
      if let other, other.contains(diagonal), place <= forward[index] { return (place, place - diagonal) }
    }
    return nil
  }

  /// Where the search from one of the ends has most behind it.
  private func furthest(in box: Box, _ fromStart: Band, _ fromEnd: Band) -> (old: Int, new: Int) {
    var best = (old: box.oldLow, new: box.newLow)
    var progress = 0
    for diagonal in stride(from: fromStart.low, through: fromStart.high, by: 2) {
      let place = forward[zero + diagonal]
      let behind = 2 * place - diagonal - box.oldLow - box.newLow
      if place >= box.oldLow, behind > progress { (best, progress) = ((place, place - diagonal), behind) }
    }
    for diagonal in stride(from: fromEnd.low, through: fromEnd.high, by: 2) {
      let place = backward[zero + diagonal]
      let behind = box.oldHigh + box.newHigh - 2 * place + diagonal
      if place <= box.oldHigh, behind > progress { (best, progress) = ((place, place - diagonal), behind) }
    }
    return best
  }
}
