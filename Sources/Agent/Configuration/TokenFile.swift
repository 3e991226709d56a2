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
    try load(entry.file, of: "token \(entry.name)", credentialsDirectory: credentialsDirectory, value)
  }

  /// Reads a secret that another party chose: it may have spaces, but no second line.
  ///
  /// - Parameters:
  ///   - file: absolute, or the name of a credential.
  ///   - owner: whose it is, for the message.
  ///   - credentialsDirectory: see `load(_:credentialsDirectory:)`.
  /// - Returns: the file without its last newline.
  /// - Throws: One problem.
  package static func secret(
    _ file: String, of owner: String,
    credentialsDirectory: String? = LogDestination.variable("CREDENTIALS_DIRECTORY")
  ) throws(ConfigurationErrors) -> [UInt8] {
    try load(file, of: owner, credentialsDirectory: credentialsDirectory) { bytes throws(Complaint) in
      let value = try withoutNewline(bytes, "secret", remedy: "copy the one that the sender has")
      guard !value.contains(where: { $0 == 0 || $0 == UInt8(ascii: "\n") }) else {
        throw Complaint("the secret has several lines; write it on one line, and one file a secret")
      }
      return Array(value)
    }
  }

  /// The path of a file that is absolute, or the name of a credential.
  ///
  /// - Parameters:
  ///   - file: as the configuration has it.
  ///   - setting: which one, for the message.
  /// - Returns: an absolute path.
  /// - Throws: One problem.
  static func place(of file: String, as setting: String) throws(ConfigurationErrors) -> String {
    do throws(Complaint) {
      return try path(of: file, LogDestination.variable("CREDENTIALS_DIRECTORY"))
    } catch {
      throw ConfigurationErrors(
        problems: [ConfigurationProblem(file: file, key: setting, message: error.message)])
    }
  }

  /// Whether systemd put the file there, with a mode of its own.
  static func isCredential(_ path: String) -> Bool {
    LogDestination.variable("CREDENTIALS_DIRECTORY").map { path.hasPrefix("\($0)/") } ?? false
  }

  private static func load(
    _ file: String, of owner: String, credentialsDirectory: String?,
    _ check: ([UInt8]) throws(Complaint) -> [UInt8]
  ) throws(ConfigurationErrors) -> [UInt8] {
    var place = file
    do throws(Complaint) {
      place = try path(of: file, credentialsDirectory)
      let file = try ConfigurationFile(path: place, limit: limit)
      let isCredential = credentialsDirectory.map { place.hasPrefix("\($0)/") } ?? false
      // systemd's own mode for credentials is 0400, or 0440 with an ACL that shows as group bits.
      guard isCredential || file.mode & 0o077 == 0 else {
        throw Complaint("others than its owner may read or write it; run \(quoted("chmod 600 \(place)"))")
      }
      return try check(file.bytes)
    } catch {
      let problem = ConfigurationProblem(file: place, key: owner, message: error.message)
      throw ConfigurationErrors(problems: [problem])
    }
  }

  private static func path(
    of file: String, _ credentialsDirectory: String?
  ) throws(Complaint) -> String {
    if file.hasPrefix("/") { return file }
    guard let credentialsDirectory, !credentialsDirectory.isEmpty else {
      throw Complaint(
        "a relative path needs systemd's credentials; add \"LoadCredential=\(file):/path\" to the unit, "
          + "or write an absolute path")
    }
    return "\(credentialsDirectory)/\(file)"
  }

  private static func value(_ bytes: [UInt8]) throws(Complaint) -> [UInt8] {
    let remedy = "write a new one with \"openssl rand -hex 32\""
    let value = try withoutNewline(bytes, "token", remedy: remedy)
    // RFC 9110 has no other bytes in a header's token68, and a second line would be a part of the token.
    guard value.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw Complaint("the token has spaces, line ends or other than ASCII characters; \(remedy)")
    }
    return Array(value)
  }

  private static func withoutNewline(
    _ bytes: [UInt8], _ kind: String, remedy: String
  ) throws(Complaint) -> ArraySlice<UInt8> {
    var value = bytes[...]
    if value.last == UInt8(ascii: "\n") { value = value.dropLast() }
    guard value.count >= minimumLength else {
      throw Complaint(
        "the \(kind) has \(value.count) bytes, and at least \(minimumLength) are needed; \(remedy)")
    }
    return value
  }
}
