let slash = UInt8(ascii: "/")

/// Paths are bytes: Linux allows every byte but NUL and `/` in a name.
enum PathBytes {
  /// Without repeated and trailing slashes, and without `.` components.
  static func normalized(_ path: [UInt8]) -> [UInt8] {
    let components = path.split(separator: slash).filter { !$0.elementsEqual(".".utf8) }
    return components.isEmpty ? [slash] : components.flatMap { [slash] + $0 }
  }

  static func join(_ folder: [UInt8], _ name: [UInt8]) -> [UInt8] {
    folder.last == slash ? folder + name : folder + [slash] + name
  }

  /// The folder and the name of a normalised path; the root folder is the empty name in itself.
  static func split(_ path: [UInt8]) -> (folder: [UInt8], name: [UInt8]) {
    guard let last = path.lastIndex(of: slash) else { return ([slash], path) }
    return (last == 0 ? [slash] : Array(path[..<last]), Array(path[(last + 1)...]))
  }

  static func isPath(_ path: [UInt8], atOrUnder folder: [UInt8]) -> Bool {
    guard path.starts(with: folder) else { return false }
    return path.count == folder.count || folder.last == slash || path[folder.count] == slash
  }
}

/// A path as text. Where the path is not UTF-8, its bytes above 0x7F show as `\xHH` and a backslash as `\\`;
/// `isEscaped` tells the two notations apart.
struct PathText: Hashable, Sendable {
  let text: String
  let isEscaped: Bool

  init(text: String, isEscaped: Bool) {
    self.text = text
    self.isEscaped = isEscaped
  }

  init(_ path: [UInt8]) {
    let valid = String(validating: path, as: UTF8.self)
    text = valid ?? path.map(Self.escaped).joined()
    isEscaped = valid == nil
  }

  /// The path's own bytes.
  var bytes: [UInt8] {
    guard isEscaped else { return Array(text.utf8) }
    var bytes: [UInt8] = []
    var rest = Substring(text).utf8
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\"), let kind = rest.popFirst() else {
        bytes.append(byte)
        continue
      }
      if kind == UInt8(ascii: "x"), let value = UInt8(Substring(rest.prefix(2)), radix: 16) {
        rest = rest.dropFirst(2)
        bytes.append(value)
      } else {
        bytes.append(kind)
      }
    }
    return bytes
  }

  private static func escaped(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\\"): "\\\\"
    case 0x80...: "\\x" + String(byte, radix: 16)
    default: String(Unicode.Scalar(byte))
    }
  }
}
