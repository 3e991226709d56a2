internal import CLinux
internal import Crypto
internal import FoundationEssentials
internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The extended attributes of a path (xattr(7)): capabilities, ACLs, security labels and what users add.
///
/// They are kept as lines in the notation of `getfattr --dump --absolute-names`: `user.comment="text"`, and
/// `security.capability=0x01…` where the value is no text. Of a long value, and of one in the namespaces that
/// anyone may write where the file is a secret, a keyed hash is kept: `user.token=hmac:…`.
struct ExtendedAttributes {
  /// Linux's own limit of the list of names (XATTR_LIST_MAX, include/uapi/linux/limits.h).
  private static let maximumListBytes = 64 << 10
  /// Linux's own limit of a value (XATTR_SIZE_MAX, include/uapi/linux/limits.h).
  private static let maximumValueBytes = 64 << 10
  /// Attributes of one path; more are cut off.
  private static let maximumCount = 64
  /// Longer values are hashed.
  private static let maximumShownBytes = 1024

  /// Not yet redacted; empty where there are none.
  private(set) var lines: [String] = []

  /// What the path that an open descriptor stands for has; of a symlink in `folder` with a name: its own.
  ///
  /// - Returns: `nil` where they cannot be read, or the file system has none.
  init?(of place: AttributePlace, isSecret: Bool, key: SymmetricKey) {
    guard let names = place.names(limit: Self.maximumListBytes) else { return nil }
    for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }).prefix(Self.maximumCount) {
      guard let value = place.value(of: name, limit: Self.maximumValueBytes) else { continue }
      lines.append(Self.line(name, value, isSecret: isSecret, key))
    }
  }

  private static func line(_ name: [UInt8], _ value: [UInt8], isSecret: Bool, _ key: SymmetricKey) -> String {
    let name = quoted(name)
    let isFree = name.hasPrefix("user.") || name.hasPrefix("trusted.")
    if value.count > maximumShownBytes || (isSecret && isFree) {
      return name + "=hmac:" + Data(HMAC<SHA256>.authenticationCode(for: value, using: key)).hexadecimal
    }
    // Labels end with a NUL that is not part of the text.
    let text = value.last == 0 ? value.dropLast() : value[...]
    guard text.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }), String(validating: text, as: UTF8.self) != nil else {
      return name + "=0x" + Data(value).hexadecimal
    }
    return name + "=\"" + quoted(Array(text)) + "\""
  }

  /// As getfattr(1) writes: a backslash before quotes and backslashes, and octal for what does not print.
  private static func quoted(_ bytes: [UInt8]) -> String {
    let isText = String(validating: bytes, as: UTF8.self) != nil
    let escaped = bytes.flatMap { byte -> [UInt8] in
      switch byte {
      case UInt8(ascii: "\\"), UInt8(ascii: "\""): [UInt8(ascii: "\\"), byte]
      case 0x20..<0x7F: [byte]
      case 0x80... where isText: [byte]
      default: [UInt8(ascii: "\\")] + [byte >> 6, byte >> 3 & 7, byte & 7].map { UInt8(ascii: "0") + $0 }
      }
    }
    return String(decoding: escaped, as: UTF8.self)
  }
}

/// Where attributes are read from: an open file, or a name in an open folder, which is not followed.
///
/// There is no `lgetxattrat` before Linux 6.13, hence the way over `/proc/self/fd`: it leads to the very folder
/// that is open, wherever that was moved to.
struct AttributePlace {
  private let path: [CChar]
  private let isFollowed: Bool

  init(file descriptor: Int32) {
    path = Array("/proc/self/fd/\(descriptor)".utf8CString)
    isFollowed = true
  }

  init(_ name: [UInt8], inFolder descriptor: Int32) {
    let start = Array("/proc/self/fd/\(descriptor)/".utf8)
    path = (start + (name.isEmpty ? [UInt8(ascii: ".")] : name) + [0]).map { CChar(bitPattern: $0) }
    isFollowed = false
  }

  fileprivate func names(limit: Int) -> [[UInt8]]? {
    let first = isFollowed ? listxattr(path, nil, 0) : llistxattr(path, nil, 0)
    // Most paths have none: that takes no buffer.
    guard first > 0 else { return first == 0 || errno == ENOTSUP ? [] : nil }
    let bytes = filled(limit: min(limit, first + 4096)) {
      isFollowed ? listxattr(path, $0, $1) : llistxattr(path, $0, $1)
    }
    return bytes?.split(separator: 0).map(Array.init)
  }

  fileprivate func value(of name: [UInt8], limit: Int) -> [UInt8]? {
    let name = (name + [0]).map { CChar(bitPattern: $0) }
    return filled(limit: limit) {
      isFollowed ? getxattr(path, name, $0, $1) : lgetxattr(path, name, $0, $1)
    }
  }

  private func filled(limit: Int, _ call: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> [UInt8]? {
    var buffer = [CChar](repeating: 0, count: limit)
    let count = buffer.withUnsafeMutableBufferPointer { call($0.baseAddress, $0.count) }
    return count < 0 ? nil : buffer[..<count].map { UInt8(bitPattern: $0) }
  }
}
