/// Where the agent listens.
enum AgentEndpoint: Equatable {
  /// Path of its unix socket.
  case socket(String)
  /// Base URL, `https://host:port`, without a slash at the end.
  case server(String)

  /// - Returns: `nil` unless the text is an `http` or `https` URL with a host, without query, fragment or user.
  static func server(parsing text: String) -> AgentEndpoint? {
    let schemes = ["http://", "https://"]
    guard
      let scheme = schemes.first(where: text.hasPrefix), case let rest = text.dropFirst(scheme.count),
      let first = rest.first, first != "/", first != ":",
      !rest.contains(where: { $0 == "?" || $0 == "#" || $0 == "@" || $0.isWhitespace })
    else { return nil }
    let path = rest.reversed().drop { $0 == "/" }.reversed()
    return .server(scheme + String(path))
  }

  var usesTLS: Bool { if case .server(let url) = self { url.hasPrefix("https://") } else { false } }

  /// URL of a resource. Whatever the segments of the path hold, they stay one segment each.
  func url(path: [String], query: [(name: String, value: String)]) -> String {
    let base =
      switch self {
      // The client takes the socket's path from the host part, percent-decoded.
      case .socket(let path): "http+unix://" + Self.percentEncoded(path)
      case .server(let url): url
      }
    let segments = path.map { "/" + Self.percentEncoded($0) }.joined()
    let parameters = query.map { "\(Self.percentEncoded($0.name))=\(Self.percentEncoded($0.value))" }
    return base + segments + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
  }

  /// All but the unreserved characters of RFC 3986 as `%XX`.
  static func percentEncoded(_ text: String) -> String {
    let hexadecimal = Array("0123456789ABCDEF".utf8)
    var result: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"):
        result.append(byte)
      // A segment of dots alone would be a step through the path.
      case UInt8(ascii: ".") where !text.allSatisfy { $0 == "." }:
        result.append(byte)
      default:
        result += [UInt8(ascii: "%"), hexadecimal[Int(byte >> 4)], hexadecimal[Int(byte & 15)]]
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

extension AgentEndpoint: CustomStringConvertible {
  var description: String {
    switch self {
    case .socket(let path): path
    case .server(let url): url
    }
  }
}
