/// The sockets that others can connect to, from `/proc/net` (proc_net(5)).
///
/// Of UDP every socket that is bound and not connected counts, but for ports that the kernel chose itself: those are
/// of clients. Of unix sockets those with a path count, but for the ones of sessions and of temporary folders.
enum ListeningSockets {
  static let path = "/proc/net"
  /// TCP_LISTEN and TCP_CLOSE, which is what UDP sockets show (include/net/tcp_states.h).
  private static let listening = "0A"
  private static let unconnected = "07"
  /// `__SO_ACCEPTCON` (include/uapi/linux/net.h).
  private static let accepting: UInt32 = 0x10000
  private static let privateFolders = ["/run/user/", "/tmp/", "/var/tmp/", "/run/containerd/s/"]

  /// - Parameters:
  ///   - text: of a file of `/proc/net`.
  ///   - name: of that file: `tcp`, `tcp6`, `udp` or `udp6`.
  ///   - localPorts: of `/proc/sys/net/ipv4/ip_local_port_range`.
  ///   - names: of users.
  /// - Returns: `tcp 0.0.0.0:22` → `uid 0 (root)`.
  static func internet(
    _ text: String, of name: String, localPorts: ClosedRange<UInt16>, names: AccountNames
  ) -> [String: String] {
    var sockets: [String: String] = [:]
    let isDatagram = name.hasPrefix("udp")
    for line in text.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: " ")
      guard fields.count > 7, fields[3] == (isDatagram ? unconnected : listening),
        let local = address(fields[1]), let remote = address(fields[2]), remote.port == 0
      else { continue }
      if isDatagram, localPorts.contains(local.port) { continue }
      sockets["\(name) \(local.text)"] = owner(fields[7], names)
    }
    return sockets
  }

  /// - Parameter text: of `/proc/net/unix`.
  /// - Returns: `unix /run/x.sock` → `stream`.
  static func unix(_ text: String) -> [String: String] {
    let types = ["0001": "stream", "0002": "datagram", "0005": "seqpacket"]
    var sockets: [String: String] = [:]
    for line in text.split(separator: "\n").dropFirst() {
      let fields = line.split(separator: " ", maxSplits: 7, omittingEmptySubsequences: true)
      guard fields.count == 8, fields[7].hasPrefix("/"), !privateFolders.contains(where: fields[7].hasPrefix),
        let flags = UInt32(fields[3], radix: 16), flags & accepting != 0 || fields[4] == "0002"
      else { continue }
      sockets["unix \(fields[7])"] = types[String(fields[4])] ?? "type \(fields[4])"
    }
    return sockets
  }

  private static func owner(_ field: Substring, _ names: AccountNames) -> String {
    guard let uid = UInt32(field) else { return "uid \(field)" }
    return "uid \(uid)\(names.users[uid].map { " (\($0))" } ?? "")"
  }

  /// `0100007F:0016`: an address in words of the host's byte order, and a port.
  private static func address(_ field: Substring) -> (text: String, port: UInt16)? {
    let parts = field.split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1], radix: 16), let bytes = bytes(parts[0]) else {
      return nil
    }
    guard bytes.count == 16 else {
      return ("\(bytes.map { String($0) }.joined(separator: ".")):\(port)", port)
    }
    return ("[\(InternetText.ipv6(bytes))]:\(port)", port)
  }

  private static func bytes(_ text: Substring) -> [UInt8]? {
    guard text.utf8.count == 8 || text.utf8.count == 32 else { return nil }
    var bytes: [UInt8] = []
    var rest = text
    while !rest.isEmpty {
      guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
      withUnsafeBytes(of: word) { bytes += $0 }
      rest = rest.dropFirst(8)
    }
    return bytes
  }
}

/// RFC 5952, section 4: lower case, no leading zeros, `::` for the longest run of zeros.
enum InternetText {
  static func ipv6(_ bytes: [UInt8]) -> String {
    let groups = stride(from: 0, to: bytes.count, by: 2).map {
      UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
    }
    var longest = 0..<0
    var start = 0
    for place in 0...groups.count where place == groups.count || groups[place] != 0 {
      if place - start > max(1, longest.count) { longest = start..<place }
      start = place + 1
    }
    func text(_ groups: ArraySlice<UInt16>) -> String {
      groups.map { String($0, radix: 16) }.joined(separator: ":")
    }
    if longest.isEmpty { return text(groups[...]) }
    return text(groups[..<longest.lowerBound]) + "::" + text(groups[longest.upperBound...])
  }
}
