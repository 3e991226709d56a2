import Evidence
import Foundation
import Signals
import Testing

/// The bytes of `Tests/Fixtures/signals/{name}`.
func fixture(_ name: String) throws -> [UInt8] {
  let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return Array(try Data(contentsOf: folder.appending(path: "Fixtures/signals/\(name)")))
}

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// What the source of a name says of a body.
func decodedAll(
  _ body: [UInt8], by source: String, headers: [String: String] = [:], at receivedAt: Timestamp
) throws -> DecodedSignals {
  let source = try #require(SourceRegistry()[source]).source
  return try source.decode(SignalMessage(body: body, headers: headers, receivedAt: receivedAt))
}

/// The one signal that the source of a name finds.
func decoded(
  _ body: [UInt8], by source: String, headers: [String: String] = [:], at receivedAt: Timestamp
) throws -> Signal {
  try #require(decodedAll(body, by: source, headers: headers, at: receivedAt).signals.first)
}

/// The one signal that a source finds.
func decoded(_ body: [UInt8], by source: SignalSource, at receivedAt: Timestamp) throws -> Signal {
  try #require(source.decode(SignalMessage(body: body, receivedAt: receivedAt)).signals.first)
}
