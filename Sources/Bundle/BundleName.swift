package import Evidence

/// The checked name of a bundle, `<incident>--<host>--<NNN>-<phase>`, to which a file's name adds `.tar.gz` or
/// `.tar.zst`.
package struct BundleName: Hashable, Sendable, CustomStringConvertible {
  /// Most bytes of a file name, whatever it ends in.
  package static let maximumLength = 200

  package let incident: String
  package let host: String
  /// The number of the capture within its incident, from 1.
  package let sequence: Int
  package let phase: CapturePhase

  /// The name of the bag: the one top folder of the archive.
  package var folder: String {
    let digits = String(sequence)
    let number = String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    return "\(incident)--\(host)--\(number)-\(phase.rawValue)"
  }

  /// The name of the file.
  package func file(as format: ContainerFormat) -> String { folder + format.fileExtension }

  /// The names that the file of a bundle may have.
  package var files: [String] { ContainerFormat.allCases.map { file(as: $0) } }

  package var description: String { folder }

  /// - Throws: `.invalid` where incident or host hold something else than `[A-Za-z0-9._-]`, hold `--`, begin
  ///   with `.` or `-`, or end with `-`, where `sequence` is not positive, or the name is too long.
  package init(incident: String, host: String, sequence: Int, phase: CapturePhase) throws(BundleError) {
    for (what, text) in [("incident", incident), ("host", host)] where !Self.isComponent(text) {
      throw .invalid(
        what: "bundle name",
        detail:
          "the \(what) must be of [A-Za-z0-9._-], not begin with . or -, not end with -, and hold no --"
      )
    }
    guard sequence > 0 else { throw .invalid(what: "bundle name", detail: "the sequence begins at 1") }
    self.incident = incident
    self.host = host
    self.sequence = sequence
    self.phase = phase
    guard files.allSatisfy({ $0.utf8.count <= Self.maximumLength }) else {
      throw .invalid(what: "bundle name", detail: "longer than \(Self.maximumLength) bytes")
    }
  }

  /// Parses the name of a file or of a bag.
  /// - Returns: `nil` for a name that `init(incident:host:sequence:phase:)` would not make.
  package init?(parsing name: String) {
    let suffix = ContainerFormat(fileName: name)?.fileExtension ?? ""
    let folder = String(name.dropLast(suffix.count))
    let parts = folder.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count >= 6, let phase = CapturePhase(rawValue: String(parts[parts.count - 1])),
      let sequence = Int(parts[parts.count - 2]), parts[parts.count - 3].isEmpty
    else { return nil }
    let names = parts.dropLast(3)
    guard let gap = names.firstIndex(of: "") else { return nil }
    let incident = names[..<gap].joined(separator: "-")
    let host = names[(gap + 1)...].joined(separator: "-")
    do throws(BundleError) {
      try self.init(incident: incident, host: host, sequence: sequence, phase: phase)
    } catch {
      return nil
    }
    guard self.folder == folder else { return nil }
  }

  /// Makes a component of any text: other characters become `_`, `--` becomes `-`, cut at `limit` bytes.
  package static func component(_ text: String, limit: Int) -> String {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      let next = isAllowed(byte) ? byte : UInt8(ascii: "_")
      if next == UInt8(ascii: "-") && (bytes.isEmpty || bytes.last == next) { continue }
      if next == UInt8(ascii: ".") && bytes.isEmpty { continue }
      bytes.append(next)
      if bytes.count == limit { break }
    }
    while bytes.last == UInt8(ascii: "-") { bytes.removeLast() }
    return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
  }

  private static func isComponent(_ text: String) -> Bool {
    guard let first = text.utf8.first, first != UInt8(ascii: "."), first != UInt8(ascii: "-") else {
      return false
    }
    return text.utf8.allSatisfy(isAllowed) && !text.contains("--") && text.utf8.last != UInt8(ascii: "-")
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default:
      false
    }
  }
}
