internal import Synchronization

/// A fixed number of places for what is dear: threads, open answers.
final class Allotment: Sendable {
  let limit: Int
  private let taken = Atomic(0)

  init(limit: Int) {
    self.limit = limit
  }

  /// One place, given back when the last reference to it goes.
  final class Place: Sendable {
    private let allotment: Allotment

    fileprivate init(_ allotment: Allotment) {
      self.allotment = allotment
    }

    deinit {
      allotment.taken.subtract(1, ordering: .relaxed)
    }
  }

  /// - Returns: `nil` while all places are taken.
  func take() -> Place? {
    guard taken.add(1, ordering: .relaxed).newValue <= limit else {
      taken.subtract(1, ordering: .relaxed)
      return nil
    }
    return Place(self)
  }
}
