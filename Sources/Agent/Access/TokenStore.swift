internal import Crypto
internal import Evidence
internal import Logging
internal import Storage
internal import Synchronization

/// The tokens that were made at run time, in memory: a request must not wait for the disk to be known.
final class TokenStore: Sendable {
  /// A token that was just made: the only time that anybody sees its value.
  struct Made: Sendable {
    var row: TokenRow
    /// `exh_` and 64 hexadecimal digits: 256 random bits.
    var value: String
  }

  /// Seconds between two notes of when a token was used.
  private static let useInterval = 60.0

  private let database: StateDatabase
  private let logger: Logger
  /// By hash.
  private let tokens: Mutex<[String: Entry]>

  private struct Entry: Sendable {
    var row: TokenRow
    var access: Access
  }

  /// Reads what there is. Blocking.
  ///
  /// - Throws: `StorageError`.
  init(database: StateDatabase, logger: Logger) throws {
    self.database = database
    self.logger = logger
    let rows = try database.tokens()
    tokens = Mutex(
      Dictionary(rows.map { ($0.hash, Entry(row: $0, access: Self.access($0))) }) { first, _ in first })
  }

  var rows: [TokenRow] { tokens.withLock { $0.values.map(\.row) }.sorted { $0.name < $1.name } }

  /// Finds a token by the digest of what was sent. A lookup by digest need not be constant in time: who measures it
  /// learns of a digest, from which no token follows.
  ///
  /// - Parameters:
  ///   - digest: of what was sent.
  ///   - now: the time; a token that expired before is none.
  ///   - remote: from where it was sent.
  /// - Returns: what it lets its bearer do; `nil` for no token of ours.
  func access(of digest: SHA256Digest, at now: Timestamp, from remote: String) async -> Access? {
    let hash = hexadecimal(digest)
    let (access, name) = tokens.withLock { tokens -> (Access?, String?) in
      guard var entry = tokens[hash], entry.row.revokedAt == nil,
        entry.row.expiresAt.map({ now < $0 }) ?? true
      else { return (nil, nil) }
      let last = entry.row.lastUsedAt
      guard last.map({ abs(now.seconds(since: $0)) >= Self.useInterval }) ?? true else {
        return (entry.access, nil)
      }
      entry.row.lastUsedAt = now
      entry.row.lastUsedFrom = remote
      tokens[hash] = entry
      return (entry.access, entry.row.name)
    }
    if let name {
      do {
        try await database.noteUse(ofToken: name, at: now, from: remote)
      } catch {
        logger.warning(
          "Could not note when a token was used, ignoring",
          metadata: ["token.name": "\(name)", "error": "\(error)"])
      }
    }
    return access
  }

  /// Makes a token.
  ///
  /// - Parameters:
  ///   - request: what it is to be.
  ///   - creator: who asks for it.
  ///   - now: the time.
  /// - Returns: `nil` where the name was used before, or there are too many.
  /// - Throws: `StorageError`.
  func make(_ request: TokenRequest, by creator: String, at now: Timestamp) async throws -> Made? {
    let value = "exh_" + hexadecimal(SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
    let row = TokenRow(
      name: request.name, hash: hexadecimal(SHA256.hash(data: Array(value.utf8))),
      roles: request.roles.map(\.rawValue).sorted(), incidents: request.incidents ?? [],
      conditions: request.conditions ?? [], createdAt: now, createdBy: creator, expiresAt: request.expiresAt)
    guard try await database.add(row) else { return nil }
    tokens.withLock { $0[row.hash] = Entry(row: row, access: Self.access(row)) }
    return Made(row: row, value: value)
  }

  /// Makes a token worthless, from this moment on.
  ///
  /// - Parameters:
  ///   - name: of the token.
  ///   - now: the time.
  /// - Returns: whether there was one.
  /// - Throws: `StorageError`.
  func revoke(_ name: String, at now: Timestamp) async throws -> Bool {
    guard try await database.revokeToken(name, at: now) else { return false }
    tokens.withLock { tokens in
      for (hash, entry) in tokens where entry.row.name == name { tokens[hash]?.row.revokedAt = now }
    }
    return true
  }

  /// What was checked when the token was made; what cannot be read now gives no right.
  private static func access(_ row: TokenRow) -> Access {
    let roles = Set(row.roles.compactMap(TokenRole.init(rawValue:)))
    do throws(Complaint) {
      let scope = try AccessScope(incidents: row.incidents, conditions: row.conditions)
      return Access(principal: "token:\(row.name)", roles: roles, scope: scope)
    } catch {
      return Access(principal: "token:\(row.name)", roles: [])
    }
  }
}

/// Lower-case hexadecimal text of `bytes`.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef".utf8)
  return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
}
