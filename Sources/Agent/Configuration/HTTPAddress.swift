/// Where the HTTP listener binds.
package struct HTTPAddress: Equatable, Sendable, CustomStringConvertible {
  /// An IPv4 or IPv6 address without brackets, or `localhost`.
  package var host: String
  /// 1…65535 from a file; 0 is any free port.
  package var port: Int

  /// An address that is not checked.
  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// `127.0.0.1:9464`, `[::1]:9464`.
  package var description: String {
    host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// Reads `host:port`; `nil` for `off`.
  static func parse(_ text: String) throws(Complaint) -> HTTPAddress? {
    if text == "off" { return nil }
    guard let colon = text.lastIndex(of: ":") else { throw malformed(text) }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      throw malformed(text)
    }
    let digits = text[text.index(after: colon)...]
    guard !host.isEmpty, !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }) else {
      throw malformed(text)
    }
    guard let port = Int(digits), (1...65_535).contains(port) else {
      throw Complaint("\(quoted(text)) has no valid port; write one from 1 to 65535")
    }
    return HTTPAddress(host: String(host), port: port)
  }

  private static func malformed(_ text: String) -> Complaint {
    Complaint(
      "\(quoted(text)) is not host:port; write it as in \"127.0.0.1:9464\" or \"[::1]:9464\", or \"off\"")
  }

  /// By the text alone: a name would be resolved by whoever answers for it.
  var isLoopback: Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts.first == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
