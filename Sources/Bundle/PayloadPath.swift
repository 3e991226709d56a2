internal import Crypto
internal import Redaction

/// The checked name of a payload file, relative to `data/`: `logs/journal.jsonl`.
///
/// Printable ASCII without space, `%` and `\`; no empty, `.` or `..` component; no leading `/`; at most
/// 1024 bytes, 255 a component. Whatever unpacks tar, checks BagIt or runs `sha256sum -c` takes such names
/// literally: `%` is what BagIt 1.0 escapes with, and tools disagree on how.
package struct PayloadPath: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  package var description: String { text }

  static let maximumLength = 1024
  static let maximumComponentLength = 255

  /// - Throws: `.invalid` that says which rule `text` breaks.
  package init(_ text: String) throws(BundleError) {
    if let reason = Self.violation(of: text) { throw .invalid(what: "payload path", detail: reason) }
    self.text = text
  }

  /// The name under which a file of the host is kept: `prefix` plus the path with every byte escaped that a
  /// payload name cannot hold.
  ///
  /// A token of the redactor, `[REDACTED:kind:code]`, becomes `+REDACTED,kind,code+`. Letters, digits and
  /// `. _ - + @ , ~ /` stay; any other byte becomes `=` and two upper-case hex digits
  /// (so `=` itself is `=3D`), and so do the dots of the components `.` and `..`. Repeated, leading and
  /// trailing `/` are dropped. A component longer than 200 bytes is cut there and ends in `=~` plus 32 hex
  /// digits of its SHA-256; a path longer than 800 bytes becomes `=~` plus 32 digits of its SHA-256, `/` and
  /// its last component. A component that would look like a secret itself (`api_key=3D…`) becomes `=~` and 32 digits of
  /// its SHA-256. Different paths keep different names.
  ///
  /// - Parameters:
  ///   - hostPath: the path as the kernel knows it: any bytes, perhaps no UTF-8.
  ///   - prefix: a folder, like `config/current`.
  /// - Throws: `.invalid` when `prefix` is no payload path or longer than 128 bytes.
  package init(hostPath: [UInt8], under prefix: String) throws(BundleError) {
    let parts = hostPath.split(separator: UInt8(ascii: "/"))
    let components = parts.isEmpty ? ["="] : parts.map { Self.component(Array($0)) }
    var path = components.joined(separator: "/")
    if path.utf8.count > 800, let last = components.last {
      path = "=~\(Self.shortDigest(parts.joined(separator: [UInt8(ascii: "/")])))/\(last)"
    }
    guard prefix.utf8.count <= 128 else {
      throw .invalid(what: "payload path", detail: "the prefix is longer than 128 bytes")
    }
    try self.init("\(prefix)/\(path)")
  }

  /// The path below `folder`, with what `init(hostPath:under:)` had escaped undone; `nil` for what lies elsewhere. What
  /// it had cut stays cut.
  package func hostPath(under folder: String) -> [UInt8]? {
    Self.hostPath(of: text, under: folder)
  }

  static func hostPath(of text: String, under folder: String) -> [UInt8]? {
    guard text.hasPrefix(folder + "/") else { return nil }
    return Array("/".utf8) + unescaped(text.utf8.dropFirst(folder.utf8.count + 1))
  }

  /// Where the copies of the host's files stand.
  package static let currentFiles = "config/current"

  private static func unescaped(_ text: Substring.UTF8View) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "="), let value = UInt8(Substring(rest.prefix(2)), radix: 16) else {
        bytes.append(byte)
        continue
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return bytes
  }

  /// The fixed order of the archive: what a reader wants first, the logs last, and by path among equals.
  static func inOrder<Element>(_ elements: [Element], path: (Element) -> String) -> [Element] {
    elements.map { (key: order(of: path($0)), element: $0) }.sorted { $0.key < $1.key }.map(\.element)
  }

  private static func order(of path: String) -> (Int, String) {
    switch path.prefix(while: { $0 != "/" }) {
    case "evidence.json": (0, path)
    case "incident.json": (1, path)
    case let first where first.count == path.count: (2, path)
    case "config": (4, path)
    case "logs": (5, path)
    default: (3, path)
    }
  }

  private static func component(_ bytes: [UInt8]) -> String {
    let isDots = bytes == [0x2E] || bytes == [0x2E, 0x2E]
    let escaped = withoutBrackets(bytes).flatMap { byte in
      isSafe(byte) && !isDots ? [byte] : Array("=\(hexadecimal(CollectionOfOne(byte)).uppercased())".utf8)
    }
    // What the manifest says must be what the archive has: a name that a redactor changes cannot be both.
    if escaped.contains(UInt8(ascii: "=")) {
      let text = "/\(String(decoding: escaped, as: UTF8.self))/"
      if redactor.redact(text).text != text { return "=~" + shortDigest(bytes) }
    }
    guard escaped.count > 200 else { return String(decoding: escaped, as: UTF8.self) }
    return String(decoding: escaped.prefix(200), as: UTF8.self) + "=~" + shortDigest(bytes)
  }

  private static let redactor = Redactor(rules: .builtIn, key: .random())

  /// With the brackets and colons escaped a token would read as `password=3A…`, a secret again.
  private static func withoutBrackets(_ bytes: [UInt8]) -> [UInt8] {
    let head = Array("[REDACTED:".utf8)
    guard bytes.count > head.count, bytes.contains(head[0]) else { return bytes }
    var output: [UInt8] = []
    var rest = bytes[...]
    while let byte = rest.first {
      if rest.starts(with: head), let end = rest.firstIndex(of: UInt8(ascii: "]")) {
        let token = rest[(rest.startIndex + 1)..<end]
        output += [UInt8(ascii: "+")] + token.map { $0 == UInt8(ascii: ":") ? UInt8(ascii: ",") : $0 }
        output.append(UInt8(ascii: "+"))
        rest = rest[(end + 1)...]
      } else {
        output.append(byte)
        rest = rest.dropFirst()
      }
    }
    return output
  }

  private static func isSafe(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default:
      "._-+@,~".utf8.contains(byte)
    }
  }

  private static func shortDigest(_ bytes: some Sequence<UInt8>) -> String {
    hexadecimal(SHA256.hash(data: Array(bytes)).prefix(16))
  }

  private static func violation(of text: String) -> String? {
    guard !text.isEmpty, text.utf8.count <= maximumLength else {
      return "1 to \(maximumLength) bytes are allowed"
    }
    guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x25 && $0 != 0x5C }) else {
      return "only printable ASCII without space, % and \\ is allowed"
    }
    let components = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    guard components.allSatisfy({ !$0.isEmpty && $0.count <= maximumComponentLength }) else {
      return "a component is empty or longer than \(maximumComponentLength) bytes"
    }
    guard components.allSatisfy({ !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8) }) else {
      return "the components . and .. are not allowed"
    }
    return nil
  }
}
