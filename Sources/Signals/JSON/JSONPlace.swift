internal import Evidence

/// A place in a JSON document, whether or not something is there: `root["event"]["data"]["id"]`.
///
/// What a source needs is `required`; everything else is taken where it can be read, so that a vendor's new field,
/// or an old one of a new type, does not cost an incident its evidence.
struct JSONPlace {
  /// Elements of one array that count.
  static let itemLimit = 10_000

  /// `nil` where nothing is.
  private let decoder: (any Decoder)?
  private let path: [String]
  private let remarks: SignalRemarks

  init(root: any Decoder, remarks: SignalRemarks) {
    self.init(decoder: root, path: [], remarks: remarks)
  }

  private init(decoder: (any Decoder)?, path: [String], remarks: SignalRemarks) {
    self.decoder = decoder
    self.path = path
    self.remarks = remarks
  }

  /// The member of an object, or by a reference token of RFC 6901 the element of an array. Of duplicate names the
  /// first counts. Only what lies on the way is decoded, however large the document.
  subscript(name: String) -> JSONPlace {
    JSONPlace(decoder: child(name), path: path + [name], remarks: remarks)
  }

  /// RFC 6901.
  var pointer: String { JSONPointer(tokens: path).description }

  /// Whether there is something, be it `null`.
  var exists: Bool { decoder != nil }

  var isArray: Bool { (try? decoder?.unkeyedContainer()) != nil }

  /// `null` where nothing is.
  var scalar: JSONScalar {
    guard let decoder else { return .null }
    return (try? JSONScalar(from: decoder)) ?? .other
  }

  /// The string, trimmed, or the integer as text; `nil` for everything else, and for what is blank.
  var text: String? {
    switch scalar {
    case .string(let text): text.trimmed
    case .integer(let value): String(value)
    case .null, .bool, .number, .other: nil
    }
  }

  /// The text that the source cannot do without.
  ///
  /// - Throws: `SignalError.field`, which says what is wrong with it.
  func required() throws(SignalError) -> String {
    if let text { return text }
    guard exists else { throw fault("is missing") }
    switch scalar {
    case .null: throw fault("is null; it must be a string")
    case .string: throw fault("is empty")
    case .bool, .number, .integer, .other: throw fault("must be a string")
    }
  }

  /// An error about this place.
  func fault(_ problem: String) -> SignalError { .field(pointer: pointer, problem: problem) }

  /// A time in any of the forms of `Timestamp.init(vendor:)`; what is there and is none is remarked.
  var time: Timestamp? {
    let scalar = scalar
    if scalar.isNoTime { return nil }
    let time = Timestamp(vendor: scalar)
    if time == nil { remarks.add(pointer, Timestamp.vendorForms) }
    return time
  }

  /// As `items`, for an array that belongs to the source's format.
  ///
  /// - Throws: `SignalError.field` where something else is.
  func arrayItems() throws(SignalError) -> [JSONPlace] {
    guard isArray || scalar == .null else { throw fault("must be an array") }
    return items
  }

  /// The elements of an array, at most `itemLimit`; none where there is no array.
  var items: [JSONPlace] {
    guard var array = try? decoder?.unkeyedContainer() else { return [] }
    var items: [JSONPlace] = []
    while !array.isAtEnd, items.count < Self.itemLimit, let element = try? array.superDecoder() {
      items.append(JSONPlace(decoder: element, path: path + [String(items.count)], remarks: remarks))
    }
    if !array.isAtEnd { remarks.add(pointer, "has more than \(Self.itemLimit) elements, which are left out") }
    return items
  }

  /// The scalars of an object, by name, as texts; none where there is no object.
  var labels: [String: String] {
    guard let object = try? decoder?.container(keyedBy: JSONName.self) else { return [:] }
    return object.allKeys.reduce(into: [:]) { labels, name in
      guard let member = try? object.superDecoder(forKey: name) else { return }
      labels[name.stringValue] = (try? JSONScalar(from: member))?.labelText
    }
  }

  /// A `Decoder` has no way to ask for a value's type but to try: what throws here, and above, is "not that type".
  private func child(_ name: String) -> (any Decoder)? {
    guard let decoder else { return nil }
    if let object = try? decoder.container(keyedBy: JSONName.self) {
      let key = JSONName(stringValue: name)
      return object.contains(key) ? try? object.superDecoder(forKey: key) : nil
    }
    guard var array = try? decoder.unkeyedContainer(), let index = JSONPointer.index(name),
      index < array.count ?? 0
    else { return nil }
    for _ in 0..<index where (try? array.superDecoder()) == nil { return nil }
    return try? array.superDecoder()
  }
}

/// Any name in a JSON object.
package struct JSONName: CodingKey {
  package let stringValue: String
  package var intValue: Int? { nil }

  package init(stringValue: String) { self.stringValue = stringValue }
  package init?(intValue: Int) { nil }
}
