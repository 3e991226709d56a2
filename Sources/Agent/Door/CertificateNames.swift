internal import SwiftASN1

/// What a client certificate calls its holder: the common names of its subject, and the DNS names, mail addresses and
/// URIs among its alternative names (a SPIFFE id is a URI). By RFC 5280, section 4.1 and 4.2.1.6.
///
/// TLS has checked the certificate before; here its names are only found.
struct CertificateNames {
  private static let commonName: ASN1ObjectIdentifier = [2, 5, 4, 3]
  private static let alternativeNames: ASN1ObjectIdentifier = [2, 5, 29, 17]

  private(set) var names: [String] = []

  /// - Parameter certificate: in DER.
  /// - Throws: where it is no certificate.
  init(of certificate: [UInt8]) throws {
    let parts = try Self.children(of: try DER.parse(certificate))
    guard let body = parts.first else { throw NoCertificate() }
    var fields = try Self.children(of: body)[...]
    // The version is left out in the oldest.
    if fields.first?.identifier == Self.tag(0) { fields = fields.dropFirst() }
    // Serial number, signature, issuer, validity; then the subject.
    fields = fields.dropFirst(4)
    guard let subject = fields.first else { throw NoCertificate() }
    try addCommonNames(of: subject)
    for field in fields where field.identifier == Self.tag(3) {
      for list in try Self.children(of: field) { try addAlternativeNames(of: list) }
    }
  }

  private struct NoCertificate: Error {}

  private mutating func addCommonNames(of subject: ASN1Node) throws {
    for relative in try Self.children(of: subject) {
      for attribute in try Self.children(of: relative) {
        let parts = try Self.children(of: attribute)
        guard parts.count == 2, try ASN1ObjectIdentifier(derEncoded: parts[0]) == Self.commonName,
          [.utf8String, .printableString, .ia5String].contains(parts[1].identifier)
        else { continue }
        add(parts[1])
      }
    }
  }

  private mutating func addAlternativeNames(of extensions: ASN1Node) throws {
    for entry in try Self.children(of: extensions) {
      let parts = try Self.children(of: entry)
      // Whether it is critical may stand between.
      guard let identifier = parts.first, let value = parts.last,
        try ASN1ObjectIdentifier(derEncoded: identifier) == Self.alternativeNames
      else { continue }
      let text = try ASN1OctetString(derEncoded: value)
      for name in try Self.children(of: try DER.parse(text.bytes))
      where [Self.tag(1), Self.tag(2), Self.tag(6)].contains(name.identifier) {
        add(name)
      }
    }
  }

  private mutating func add(_ node: ASN1Node) {
    guard case .primitive(let bytes) = node.content, let text = String(validating: bytes, as: UTF8.self)
    else {
      return
    }
    names.append(text)
  }

  private static func children(of node: ASN1Node) throws -> [ASN1Node] {
    guard case .constructed(let children) = node.content else { throw NoCertificate() }
    return Array(children)
  }

  /// A tag of the enclosing type's own numbering.
  private static func tag(_ number: UInt) -> ASN1Identifier {
    ASN1Identifier(tagWithNumber: number, tagClass: .contextSpecific)
  }
}
