/// Reads the value of a bearer token from its file. The value is in no message.
package enum TokenFile {
  /// Bytes that a token has at least: shorter ones are guessed.
  package static let minimumLength = 16
  /// Bytes of a token's file; HTTP servers take header lines of 8 KiB.
  private static let limit = 4096

  /// Reads the value of `entry`: the file without its last newline. `credentialsDirectory` is
  /// `$CREDENTIALS_DIRECTORY`, which systemd sets with `LoadCredential=`.
  ///
  /// - Throws: One problem. A file that the group or others may read is refused: they have the token, then.
  package static func load(
    _ entry: AgentConfiguration.TokenEntry,
    credentialsDirectory: String? = LogDestination.variable("CREDENTIALS_DIRECTORY")
  ) throws(ConfigurationErrors) -> [UInt8] {
    var place = entry.file
    do throws(Complaint) {
      place = try path(of: entry, credentialsDirectory)
      let file = try ConfigurationFile(path: place, limit: limit)
      let isCredential = credentialsDirectory.map { place.hasPrefix("\($0)/") } ?? false
      // systemd's own mode for credentials is 0400, or 0440 with an ACL that shows as group bits.
      guard isCredential || file.mode & 0o077 == 0 else {
        throw Complaint("others than its owner may read or write it; run \(quoted("chmod 600 \(place)"))")
      }
      return try value(file.bytes)
    } catch {
      let problem = ConfigurationProblem(file: place, key: "token \(entry.name)", message: error.message)
      throw ConfigurationErrors(problems: [problem])
    }
  }

  private static func path(
    of entry: AgentConfiguration.TokenEntry, _ credentialsDirectory: String?
  ) throws(Complaint) -> String {
    if entry.file.hasPrefix("/") { return entry.file }
    guard let credentialsDirectory, !credentialsDirectory.isEmpty else {
      throw Complaint(
        "a relative path needs systemd's credentials; add \"LoadCredential=\(entry.file):/path\" to the unit, "
          + "or write an absolute path")
    }
    return "\(credentialsDirectory)/\(entry.file)"
  }

  private static func value(_ bytes: [UInt8]) throws(Complaint) -> [UInt8] {
    let remedy = "write a new one with \"openssl rand -hex 32\""
    var value = bytes[...]
    if value.last == UInt8(ascii: "\n") { value = value.dropLast() }
    guard value.count >= minimumLength else {
      throw Complaint(
        "the token has \(value.count) bytes, and at least \(minimumLength) are needed; \(remedy)")
    }
    // RFC 9110 has no other bytes in a header's token68, and a second line would be a part of the token.
    guard value.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw Complaint("the token has spaces, line ends or other than ASCII characters; \(remedy)")
    }
    return Array(value)
  }
}
