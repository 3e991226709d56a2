package import Evidence

/// A decoder of one vendor's incident messages: bytes in, the normal form out, nothing else.
///
/// To add a vendor, write one file with a type that conforms to this and add its row to `SourceRegistry`.
package protocol SignalSource: Sendable {
  /// The last component of `POST /v1/signals/{source}`, and `Signal.source`.
  var name: String { get }

  /// Reads one message.
  ///
  /// - Parameters:
  ///   - body: the request's body, redacted.
  ///   - receivedAt: when the agent received it.
  /// - Returns: the message in normal form.
  /// - Throws: `SignalError` that names the field, for a body that is not the source's.
  func decode(_ body: [UInt8], receivedAt: Timestamp) throws(SignalError) -> Signal
}

/// The sources that this agent understands, by name.
package struct SourceRegistry: Sendable {
  private let sources: [String: any SignalSource]

  /// - Parameter generic: where the generic source finds its fields.
  package init(generic: GenericPointers = GenericPointers()) {
    let table: [any SignalSource] = [
      AlertmanagerSource(),
      GenericSource(pointers: generic),
    ]
    sources = Dictionary(table.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// Sorted.
  package var names: [String] { sources.keys.sorted() }

  /// The source of that name; `nil` where there is none.
  package subscript(name: String) -> (any SignalSource)? { sources[name] }
}
