internal import FoundationEssentials

/// Names of users and groups by number, from the host's own files: a directory service could block a capture.
package struct AccountNames: Sendable {
  package let users: [UInt32: String]
  package let groups: [UInt32: String]
  /// Login names of the members of each group, by the group's name; not of those whose first group it is.
  package let members: [String: Set<String>]

  /// - Parameters: the text of passwd(5) and group(5); lines that make no sense are passed over.
  package init(passwd: String, group: String) {
    users = Self.names(passwd)
    groups = Self.names(group)
    members = Self.members(group)
  }

  /// Without names where the files cannot be read: the numbers are evidence enough.
  package static func ofHost() -> AccountNames {
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

  private static func members(_ text: String) -> [String: Set<String>] {
    var members: [String: Set<String>] = [:]
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", omittingEmptySubsequences: false)
      guard fields.count > 3 else { continue }
      members[String(fields[0]), default: []].formUnion(fields[3].split(separator: ",").map(String.init))
    }
    return members
  }
}
