internal import Evidence

/// The tag files of a BagIt 1.0 bag (RFC 8493), in the one form that this format uses.
enum BagIt {
  static let declarationName = "bagit.txt"
  static let infoName = "bag-info.txt"
  static let manifestName = "manifest-sha256.txt"
  static let tagManifestName = "tagmanifest-sha256.txt"
  static let signatureName = "tagmanifest-sha256.txt.sig"
  static let payloadFolder = "data/"

  /// Tag files in the order of the archive.
  static let tagFiles = [declarationName, infoName, manifestName, tagManifestName, signatureName]

  static let declaration = Array("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".utf8)

  /// Labels of `bag-info.txt` that the writer computes.
  static let computedLabels = ["Capture-Time", "Payload-Oxum"]

  /// `bag-info.txt`: the given fields in their order, then the computed ones.
  ///
  /// Values are not redacted, so they are restricted to what an identifier, a date or a version needs.
  static func info(
    _ fields: [(String, String)], captureTime: Timestamp, payloadOxum: String
  ) throws(BundleError) -> [UInt8] {
    var lines = ""
    for (label, value) in fields {
      guard !label.isEmpty, label.utf8.allSatisfy(isLabelByte), !computedLabels.contains(label) else {
        throw .invalid(
          what: "bag-info label",
          detail: "only [A-Za-z0-9-] is allowed, and not \(computedLabels.joined(separator: ", "))")
      }
      guard (1...200).contains(value.utf8.count), value.utf8.allSatisfy(isValueByte),
        value.utf8.first != UInt8(ascii: " "), value.utf8.last != UInt8(ascii: " ")
      else {
        throw .invalid(
          what: "bag-info \(label)",
          detail: "1 to 200 bytes of [A-Za-z0-9 .:+_-] are allowed, no space at the ends")
      }
      lines += "\(label): \(value)\n"
    }
    lines += "Capture-Time: \(captureTime.rfc3339)\n"
    lines += "Payload-Oxum: \(payloadOxum)\n"
    return Array(lines.utf8)
  }

  /// A manifest: one line a file, `<sha256>  <path>`.
  static func manifest(_ files: [(path: String, sha256: String)]) -> [UInt8] {
    files.flatMap { Array("\($0.sha256)  \($0.path)\n".utf8) }
  }

  /// One line of a manifest: `nil` where it is not of the form that `manifest(_:)` makes.
  static func manifestLine(_ line: Substring) -> (path: String, sha256: String)? {
    let digest = line.utf8.prefix(64)
    guard digest.count == 64, digest.allSatisfy(isHexadecimal), line.utf8.count > 66,
      line.utf8.dropFirst(64).prefix(2).elementsEqual("  ".utf8)
    else { return nil }
    return (String(line.dropFirst(66)), String(line.prefix(64)))
  }

  /// The value of the only line with this label, without the folding that this format does not use.
  static func value(of label: String, in info: [UInt8]) -> String? {
    let lines = info.split(separator: UInt8(ascii: "\n")).filter { $0.starts(with: "\(label): ".utf8) }
    guard lines.count == 1, let line = lines.first else { return nil }
    return String(decoding: line.dropFirst(label.utf8.count + 2), as: UTF8.self)
  }

  private static func isHexadecimal(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
  }

  private static func isValueByte(_ byte: UInt8) -> Bool {
    isLabelByte(byte) || " .:+_".utf8.contains(byte)
  }

  private static func isLabelByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default:
      false
    }
  }
}
