internal import Crypto
package import Evidence
package import Redaction

/// What somebody did with evidence, or tried to do.
package struct AuditEntry: Sendable, Hashable {
  /// Bytes that each text may have; what is longer is cut.
  package static let textLimit = 512

  package var at: Timestamp
  /// A dotted verb: `signal.accepted`, `bundle.pulled`, `request.refused`.
  package var action: String
  /// Who, as the agent knows it: `token:NAME`, `unix:UID/LOGIN`, `certificate:NAME`, `source:NAME`, `agent`, `nobody`.
  package var principal: String
  /// From where: an IP address, `unix`, or `local`.
  package var remote: String
  /// What it was done to: an incident's or a bundle's id, a token's name, a path.
  package var subject: String
  /// What else there is to say; empty for most.
  package var detail: String

  /// - Parameters:
  ///   - at: when.
  ///   - action: a word of the agent's own.
  ///   - principal: made by the agent of its configuration, the kernel's word, or a certificate that it trusts.
  ///   - remote: made by the agent.
  ///   - subject: comes from outside, and so it is redacted.
  ///   - detail: as `subject`.
  package init(
    at: Timestamp, action: String, principal: String, remote: String, subject: Redacted, detail: Redacted
  ) {
    self.init(
      at: at, action: action, principal: principal, remote: remote, subject: subject.text,
      detail: detail.text)
  }

  /// For texts that are the agent's own words, or come from the database.
  init(
    at: Timestamp, action: String, principal: String, remote: String, subject: String, detail: String
  ) {
    self.at = at
    self.action = Self.bounded(action)
    self.principal = Self.bounded(principal)
    self.remote = Self.bounded(remote)
    self.subject = Self.bounded(subject)
    self.detail = Self.bounded(detail)
  }

  private static func bounded(_ text: String) -> String {
    guard text.utf8.count > textLimit else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: textLimit)
    while end.samePosition(in: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return String(text[..<end])
  }
}

/// One row of the audit: an entry, and what ties it to the row before.
package struct AuditRow: Sendable, Hashable, Codable {
  /// The hash that the first row names as that of the row before it.
  package static let genesis = String(repeating: "0", count: 64)

  /// From 1, without a hole.
  package var sequence: Int64
  package var at: Timestamp
  package var action: String
  package var principal: String
  package var remote: String
  package var subject: String
  package var detail: String
  /// SHA-256 of the row before, lower-case hex.
  package var previous: String
  /// SHA-256 of this row's canonical form, lower-case hex.
  package var hash: String

  init(_ entry: AuditEntry, sequence: Int64, previous: String) {
    self.sequence = sequence
    at = entry.at
    action = entry.action
    principal = entry.principal
    remote = entry.remote
    subject = entry.subject
    detail = entry.detail
    self.previous = previous
    hash = ""
    hash = canonicalHash
  }

  /// The hash that the row has by what stands in it.
  ///
  /// The canonical form is `exhibit-audit-1` and the row's members in the order in which they stand above, from
  /// `sequence` to `previous`, each as a netstring (https://cr.yp.to/proto/netstrings.txt): the number of its UTF-8
  /// bytes in decimal, a colon, the bytes, a comma. Times are RFC 3339 in UTC, as they are stored.
  package var canonicalHash: String {
    var hasher = SHA256()
    for text in [
      "exhibit-audit-1", "\(sequence)", at.rfc3339, action, principal, remote, subject, detail, previous,
    ] {
      let bytes = Array(text.utf8)
      hasher.update(data: Array("\(bytes.count):".utf8))
      hasher.update(data: bytes)
      hasher.update(data: [UInt8(ascii: ",")])
    }
    let digits = Array("0123456789abcdef".utf8)
    let text = hasher.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    return String(decoding: text, as: UTF8.self)
  }
}
