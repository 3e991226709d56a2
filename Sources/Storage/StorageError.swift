internal import GRDB

/// Why the agent's own state could not be read or written.
package enum StorageError: Error, Equatable, CustomStringConvertible {
  /// The bounded capture queue has no room: the sender is to come again.
  case queueFull(limit: Int)
  /// The file system that holds the state is full.
  case diskFull
  case invalidIncidentID(String)
  /// A cursor that no page of this listing has given.
  case invalidCursor
  /// Only a capture that failed for good can be made again.
  case notFailed(CaptureState)
  /// SQLite's own words, without the values that were bound.
  case database(String)

  package var description: String {
    switch self {
    case .queueFull(let limit):
      "\(limit) captures are waiting already; send the signal again later, or raise capture.queue_limit"
    case .diskFull:
      "the disk that holds the state folder is full; free some space there"
    case .invalidIncidentID(let id):
      "\"\(id)\" cannot name an incident: use 1 to 64 of A-Z a-z 0-9 . _ -, without \"--\", not starting with a dot"
    case .invalidCursor:
      "the cursor is none of this listing; send \"next\" of the page before as it is, or none for the first page"
    case .notFailed(.done):
      "the capture has its bundle; ask for another one of the incident instead"
    case .notFailed(let state):
      "the capture is \(state.rawValue): it is made without being asked for again"
    case .database(let message):
      "the state database failed: \(message)"
    }
  }

  /// Maps SQLite's result codes (https://www.sqlite.org/rescode.html) to ours.
  init(_ error: DatabaseError) {
    switch error.resultCode {
    case .SQLITE_FULL: self = .diskFull
    default: self = .database("\(error.resultCode): \(error.message ?? "no message")")
    }
  }
}

/// Runs `body` and turns what GRDB throws into a `StorageError`.
func mapErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
  do {
    return try await body()
  } catch let error as DatabaseError {
    throw StorageError(error)
  }
}

extension StateDatabase {
  /// Runs `body` and turns what GRDB throws into a `StorageError`. Where the disk is full, `whenFull` is asked for room,
  /// and `body` gets a second chance: what it wrote was rolled back.
  func mapErrors<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as DatabaseError {
      guard error.resultCode == .SQLITE_FULL, await whenFull() else { throw StorageError(error) }
    }
    return try await Storage.mapErrors(body)
  }
}
