internal import HTTPTypes

/// The condition of a request on what never changes and has a strong entity tag (RFC 9110, section 13).
struct ConditionalRequest {
  /// With its quotation marks.
  let tag: String
  let fields: HTTPFields

  /// Whether the sender has it already: `If-None-Match` names the tag. It is compared weakly, as the RFC wants.
  var isKnown: Bool {
    guard let header = fields[.ifNoneMatch] else { return false }
    return header.split(separator: ",").contains { element in
      let text = element.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }
        .reversed()
      let opaque = String(text)
      return opaque == "*" || opaque == tag || opaque == "W/" + tag
    }
  }

  /// What to send of `size` bytes: a range only where it is of the content that the sender has the beginning of. A date
  /// in `If-Range` fits nothing: there is no `Last-Modified`.
  func range(of size: Int) -> ByteRange {
    if let condition = fields[.ifRange], condition != tag { return .whole }
    return ByteRange.parse(fields[.range], size: size)
  }
}

/// A `Range` header against a content (RFC 9110, section 14).
enum ByteRange: Equatable {
  case whole
  case part(ClosedRange<Int>)
  case unsatisfiable

  /// What is to be sent. A header of another unit, of several ranges or of no sense is to be ignored: `.whole`.
  static func parse(_ header: String?, size: Int) -> ByteRange {
    guard let header, header.prefix(6).lowercased() == "bytes=", !header.contains(",") else { return .whole }
    let bounds = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard bounds.count == 2 else { return .whole }
    switch (number(bounds[0]), number(bounds[1])) {
    case (nil, let length?) where bounds[0].isEmpty:
      return length == 0 || size == 0 ? .unsatisfiable : .part(max(0, size - length)...(size - 1))
    case (let first?, nil) where bounds[1].isEmpty:
      return first < size ? .part(first...(size - 1)) : .unsatisfiable
    case (let first?, let last?) where first <= last:
      return first < size ? .part(first...min(last, size - 1)) : .unsatisfiable
    default:
      return .whole
    }
  }

  /// Digits alone; what 64 bits do not hold is as good as the end.
  private static func number(_ text: Substring) -> Int? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int(text) ?? .max
  }
}
