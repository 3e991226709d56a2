#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The secret that the agent knows this client by.
struct BearerToken {
  /// Longer than any token that the agent accepts; protects from a wrong path to something large.
  private static let maximumLength = 4096

  private let secret: String

  /// Value of the `Authorization` field (RFC 6750).
  var authorization: String { "Bearer \(secret)" }

  /// Reads the token from a file that nobody but its owner may read.
  ///
  /// - Throws: `CommandFailure` or `FileError`; neither holds a byte of the file.
  init(file path: String) throws {
    let file = try OpenFile(path, flags: O_RDONLY)
    guard let length = try file.length() else {
      throw CommandFailure(.usage, "the token file \(path) is not a regular file")
    }
    try file.refuseOthers(what: "token file")
    guard length <= BearerToken.maximumLength else {
      throw CommandFailure(.usage, "the token file \(path) holds more than a token: \(length) bytes")
    }
    secret = try BearerToken.parse(file, length: length)
  }

  private static func parse(_ file: borrowing OpenFile, length: Int) throws -> String {
    let text = String(decoding: try file.readAll(upTo: length), as: UTF8.self)
    let words = text.split(whereSeparator: \.isWhitespace)
    guard words.count == 1, let word = words.first, word.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw CommandFailure(.usage, "the token file \(file.path) does not hold exactly one token on one line")
    }
    return String(word)
  }
}
