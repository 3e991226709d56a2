internal import Crypto
internal import FoundationEssentials

/// One file's part of a patch in git's form.
struct PatchSection {
  /// What git knows of a file.
  struct Side {
    /// `100644`, `100755` or `120000`.
    var mode: String
    var bytes: [UInt8]
  }

  private static let hashDigits = 10

  /// Relative: without the leading slash.
  var path: [UInt8]
  /// Of a renamed file: its path before.
  var previousPath: [UInt8]?
  /// `nil`: the file is not there. At least one of the sides is.
  var before: Side?
  var after: Side?

  var bytes: [UInt8] {
    let hunks = UnifiedDiff.hunks(old: before?.bytes ?? [], new: after?.bytes ?? [])
    let names = "\(Self.quoted("a/", previousPath ?? path)) \(Self.quoted("b/", path))"
    var output = line("diff --git \(names)") + modes + rename
    if before?.bytes != after?.bytes { output += index }
    if hunks.isEmpty { return output }
    output += line("--- \(before == nil ? "/dev/null" : Self.quoted("a/", previousPath ?? path))")
    output += line("+++ \(after == nil ? "/dev/null" : Self.quoted("b/", path))")
    return output + hunks
  }

  private var modes: [UInt8] {
    switch (before?.mode, after?.mode) {
    case (nil, let new?): line("new file mode \(new)")
    case (let old?, nil): line("deleted file mode \(old)")
    case (let old?, let new?) where old != new: line("old mode \(old)") + line("new mode \(new)")
    default: []
    }
  }

  private var rename: [UInt8] {
    guard let previousPath else { return [] }
    return line("similarity index \(Similarity.percent(before?.bytes ?? [], after?.bytes ?? []))%")
      + line("rename from \(Self.quoted("", previousPath))")
      + line("rename to \(Self.quoted("", path))")
  }

  /// The mode stands here where it did not change; it is how both tools tell a symlink.
  private var index: [UInt8] {
    let mode = before?.mode == after?.mode ? before?.mode : nil
    return line("index \(blobHash(before))..\(blobHash(after))\(mode.map { " \($0)" } ?? "")")
  }

  private func blobHash(_ side: Side?) -> String {
    guard let side else { return String(repeating: "0", count: Self.hashDigits) }
    var hash = Insecure.SHA1()
    hash.update(data: Data("blob \(side.bytes.count)\0".utf8))
    hash.update(data: side.bytes)
    return String(Data(hash.finalize()).hexadecimal.prefix(Self.hashDigits))
  }

  private func line(_ text: String) -> [UInt8] { Array((text + "\n").utf8) }

  /// In C's notation where the path holds more than letters, digits and signs of ASCII. git itself leaves blanks
  /// as they are, and GNU patch then finds no name in a section without hunks.
  static func quoted(_ prefix: String, _ path: [UInt8]) -> String {
    let isPlain = path.allSatisfy {
      (0x21..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
    }
    if isPlain { return prefix + String(decoding: path, as: UTF8.self) }
    return "\"" + prefix + path.map(escaped).joined() + "\""
  }

  private static func escaped(_ byte: UInt8) -> String {
    switch byte {
    case UInt8(ascii: "\""): "\\\""
    case UInt8(ascii: "\\"): "\\\\"
    case 0x20..<0x7F: String(Unicode.Scalar(byte))
    default: "\\" + String(byte >> 6) + String(byte >> 3 & 7) + String(byte & 7)
    }
  }
}
