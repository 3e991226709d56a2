internal import Synchronization

/// A path that events spoke of.
struct PendingPath: Sendable, Hashable {
  var path: [UInt8]
  /// A folder that is new at its place: everything in it is to be looked at.
  var isDeep: Bool
  var actor: ActorFacts?
}

/// What an event of the kernel says.
struct PathEvent {
  var path: [UInt8]
  /// A folder appeared: what is in it may be older than the watch over it.
  var isDeep = false
  /// Not only owner, mode, times or attributes.
  var isContent = true
  /// 0 where it is not known.
  var pid: Int32 = 0
}

/// The paths that are to be looked at: filled by events, emptied by scans.
///
/// Bounded. Beyond the bound nothing is remembered but that everything has to be looked at.
final class PendingChanges: Sendable {
  fileprivate struct Entry {
    var isDeep: Bool
    var actor: ActorFacts?
    var hasContent: Bool
    var first: ContinuousClock.Instant
    var last: ContinuousClock.Instant
  }

  private struct State {
    var entries: [[UInt8]: Entry] = [:]
    var isOverflown = false
  }

  private let state = Mutex(State())

  /// Says false where the limit of paths was reached just now.
  func mark(
    _ event: PathEvent, actor: ActorFacts?, at now: ContinuousClock.Instant, limit: Int
  ) -> Bool {
    state.withLock { state in
      guard !state.isOverflown else { return true }
      if var entry = state.entries[event.path] {
        entry.last = now
        entry.isDeep = entry.isDeep || event.isDeep
        // Who wrote the content matters more than who then set its mode.
        if event.isContent || !entry.hasContent { entry.actor = actor ?? entry.actor }
        entry.hasContent = entry.hasContent || event.isContent
        state.entries[event.path] = entry
      } else if state.entries.count < limit {
        state.entries[event.path] = Entry(
          isDeep: event.isDeep, actor: actor, hasContent: event.isContent, first: now, last: now)
      } else {
        state.entries.removeAll()
        state.isOverflown = true
        return false
      }
      return true
    }
  }

  /// Events were lost: only a whole scan can tell what happened.
  func overflow() {
    state.withLock { state in
      state.entries.removeAll()
      state.isOverflown = true
    }
  }

  var isOverflown: Bool { state.withLock { $0.isOverflown } }

  /// Forgets that events were lost: a whole scan begins.
  func clearOverflow() { state.withLock { $0.isOverflown = false } }

  var count: Int { state.withLock { $0.entries.count } }

  /// Who changed a path, where an event has told that already.
  func actor(of path: [UInt8]) -> ActorFacts? { state.withLock { $0.entries[path]?.actor } }

  /// All paths that wait, which go on waiting; `nil` where events were lost.
  var all: [PendingPath]? {
    state.withLock { state in
      if state.isOverflown { return nil }
      return state.entries.map { PendingPath(path: $0.key, isDeep: $0.value.isDeep, actor: $0.value.actor) }
        .sorted { $0.path.lexicographicallyPrecedes($1.path) }
    }
  }

  /// Takes the paths that have been quiet for `settle`, or have waited for `longest`.
  func take(
    now: ContinuousClock.Instant, settle: Duration, longest: Duration, limit: Int
  ) -> [PendingPath] {
    state.withLock { state in
      var due = state.entries.filter { $0.value.isDue(now, settle, longest) }.prefix(limit).map {
        PendingPath(path: $0.key, isDeep: $0.value.isDeep, actor: $0.value.actor)
      }
      for path in due { state.entries[path.path] = nil }
      due.sort { $0.path.lexicographicallyPrecedes($1.path) }
      return due
    }
  }

  /// When `take` has something next; `nil` where nothing waits.
  func nextDue(settle: Duration, longest: Duration) -> ContinuousClock.Instant? {
    state.withLock { state in
      state.entries.values.lazy.map { min($0.last + settle, $0.first + longest) }.min()
    }
  }
}

extension PendingChanges.Entry {
  fileprivate func isDue(_ now: ContinuousClock.Instant, _ settle: Duration, _ longest: Duration) -> Bool {
    now >= last + settle || now >= first + longest
  }
}
