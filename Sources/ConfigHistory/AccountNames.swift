internal import FoundationEssentials

/// Names of users and groups by number, from the host's own files: a directory service could block a capture.
struct AccountNames: Sendable {
  let users: [UInt32: String]
  let groups: [UInt32: String]

  /// - Parameters: the text of passwd(5) and group(5); lines that make no sense are passed over.
  init(passwd: String, group: String) {
    users = Self.names(passwd)
    groups = Self.names(group)
  }

  /// Without names where the files cannot be read: the numbers are evidence enough.
  static func ofHost() -> AccountNames {
    AccountNames(passwd: text("/etc/passwd"), group: text("/etc/group"))
  }

  private static func text(_ path: String) -> String {
    guard let data = try? Data(contentsOf: URL(filePath: path)) else { return "" }
    return String(decoding: data, as: UTF8.self)
  }

  private static func names(_ text: String) -> [UInt32: String] {
    var names: [UInt32: String] = [:]
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
      // The first name of a number is the one that the system shows.
      guard fields.count > 2, let number = UInt32(fields[2]), names[number] == nil else { continue }
      names[number] = String(fields[0])
    }
    return names
  }
}
