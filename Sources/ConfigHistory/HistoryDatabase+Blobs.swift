internal import CZstd
internal import Crypto
internal import FoundationEssentials
internal import GRDB
internal import Redaction

extension Database {
  /// A good ratio at some 200 MB/s: zstd's own default.
  private static let level: Int32 = 3

  /// Stores redacted bytes once, compressed, however often they are referred to.
  func saveBlob(_ content: Redacted) throws -> (id: Int64, sha256: Data) {
    let sha256 = content.withUnsafeBytes { Data(SHA256.hash(data: $0)) }
    let sql = "SELECT id FROM blob WHERE sha256 = ?"
    if let id = try Int64.fetchOne(cachedStatement(sql: sql), arguments: [sha256]) { return (id, sha256) }
    let packed = content.withUnsafeBytes(Self.compressed)
    let bytes = packed ?? content.withUnsafeBytes { Data($0) }
    try cachedStatement(sql: "INSERT INTO blob (sha256, bytes, size) VALUES (?, ?, ?)").execute(
      arguments: [sha256, bytes, packed == nil ? nil : content.count])
    return (lastInsertedRowID, sha256)
  }

  func blob(sha256: Data) throws -> Data? {
    let statement = try cachedStatement(sql: "SELECT bytes, size FROM blob WHERE sha256 = ?")
    guard let row = try Row.fetchOne(statement, arguments: [sha256]) else { return nil }
    let bytes = try row.decode(Data.self, atIndex: 0)
    guard let size = try row.decode(Int?.self, atIndex: 1) else { return bytes }
    return try Self.decompressed(bytes, size: size)
  }

  /// - Returns: `nil` where it would not be smaller.
  private static func compressed(_ bytes: UnsafeRawBufferPointer) -> Data? {
    guard !bytes.isEmpty else { return nil }
    var packed = Data(count: bytes.count)
    let count = packed.withUnsafeMutableBytes {
      ZSTD_compress($0.baseAddress, $0.count, bytes.baseAddress, bytes.count, level)
    }
    guard ZSTD_isError(count) == 0, count < bytes.count else { return nil }
    return Data(packed[..<count])
  }

  private static func decompressed(_ packed: Data, size: Int) throws -> Data {
    // A damaged size must not take the memory of the host: contents are at most as large as a watched file.
    guard (0...ConfigScope.largestFileBytes * 2).contains(size) else { throw damaged }
    var bytes = Data(count: size)
    let count = bytes.withUnsafeMutableBytes { target in
      packed.withUnsafeBytes { ZSTD_decompress(target.baseAddress, target.count, $0.baseAddress, $0.count) }
    }
    guard ZSTD_isError(count) == 0, count == size else { throw damaged }
    return bytes
  }

  private static var damaged: DatabaseError {
    DatabaseError(resultCode: .SQLITE_CORRUPT, message: "a stored content cannot be decompressed")
  }
}
