#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Files of secrets that are known by their text. A secret is in no message.
package enum SecretsFile {
  /// How a file is written.
  package enum Format: String, Sendable, CaseIterable {
    /// One secret a line.
    case lines
    /// `NAME=value` a line, as systemd's EnvironmentFile= reads it.
    case environment
  }

  /// An absolute path, or `credential:NAME`.
  static func checkPlace(_ text: String) throws(Complaint) -> String {
    text.hasPrefix("credential:") ? text : try checkAbsolutePath(text)
  }

  /// Reads the secrets of a file; empty lines are none.
  static func load(_ place: String, _ format: Format) throws(Complaint) -> [[UInt8]] {
    let text: String
    let path = try resolved(place)
    do throws(ConfigurationErrors) {
      text = try ConfigurationFile.text(path: path, limit: AgentConfiguration.fileLimit)
    } catch {
      throw Complaint(error.problems.first?.message ?? "cannot be read")
    }
    return text.utf8.split(separator: 0x0A).compactMap { line in
      let secret = format == .environment ? value(ofLine: line) : trimmed(line)
      return secret.isEmpty ? nil : Array(secret)
    }
  }

  /// `credential:NAME` is a file of systemd's credentials; see systemd.exec(5), LoadCredential=.
  private static func resolved(_ path: String) throws(Complaint) -> String {
    guard path.hasPrefix("credential:") else { return try checkAbsolutePath(path) }
    guard let folder = getenv("CREDENTIALS_DIRECTORY").map({ String(cString: $0) }) else {
      throw Complaint(
        "there is no $CREDENTIALS_DIRECTORY here; add LoadCredential= to the unit, or write a path")
    }
    return "\(folder)/\(path.dropFirst("credential:".count))"
  }

  private static func value(ofLine line: Substring.UTF8View) -> Substring.UTF8View {
    let line = trimmed(line)
    guard line.first != UInt8(ascii: "#"), let separator = line.firstIndex(of: UInt8(ascii: "=")) else {
      return line.prefix(0)
    }
    let value = trimmed(line[line.index(after: separator)...])
    guard let first = value.first, first == value.last, value.count >= 2,
      first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
    else { return value }
    return value.dropFirst().dropLast()
  }

  private static func trimmed(_ line: Substring.UTF8View) -> Substring.UTF8View {
    var line = line.drop { $0 <= 0x20 }
    while let last = line.last, last <= 0x20 { line = line.dropLast() }
    return line
  }
}
