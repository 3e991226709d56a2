internal import Evidence
internal import Synchronization

/// How far a capture may fill a disk.
package struct DiskFloor: Hashable, Sendable {
  /// A folder of the disk.
  package var path: String
  /// Bytes that have to stay free.
  package var bytes: Int

  package init(path: String, bytes: Int) {
    self.path = path
    self.bytes = bytes
  }
}

/// Stops the collectors of a capture before it has filled the disk of the host that it is about. All of their threads
/// use it.
final class SpaceGuard: Sendable {
  /// Bytes before compression between two looks at the disk.
  private static let stride = 1 << 20

  private let floor: DiskFloor
  private let freeAtStart: Int
  private let unchecked = Atomic(0)

  /// - Returns: `nil` where the system does not tell what is free.
  init?(_ floor: DiskFloor) {
    guard let free = DiskSpace.free(at: floor.path) else { return nil }
    self.floor = floor
    freeAtStart = free
  }

  /// Called with every piece, before it is written.
  func check(_ count: Int) throws(CollectionStop) {
    guard unchecked.add(count, ordering: .relaxed).newValue >= Self.stride else { return }
    unchecked.store(0, ordering: .relaxed)
    // Where the system tells no more, the writes themselves will.
    guard let free = DiskSpace.free(at: floor.path) else { return }
    // What is spooled is there twice while the bundle is made of it.
    let spooled = max(0, freeAtStart - free)
    guard free - spooled >= floor.bytes else { throw .diskFloor(bytes: floor.bytes) }
  }
}
