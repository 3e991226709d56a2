internal import FoundationEssentials

/// The fields that every line of a JSON Lines file of the format has; further ones are allowed, so that old
/// readers survive additions. The schemas in `docs/schema` say the same.
struct LineSchema {
  private static let required: [String: [String]] = [
    "data/timeline.jsonl": ["message", "datetime", "timestamp", "timestamp_desc", "kind", "source"],
    "data/ranked-changes.jsonl": ["rank", "points", "datetime", "kind", "message", "source", "reasons"],
    "data/config/changes.jsonl": [
      "path", "path_escaped", "kind", "first_seen_at", "seen_at", "versions", "intermediate",
    ],
    "data/deploys/deploys.jsonl": ["context", "subject"],
    "data/deploys/packages.jsonl": ["at", "action", "package", "automatic", "source"],
    "data/deploys/observed.jsonl": ["at", "kind", "source", "subject"],
  ]

  private let fields: [String]

  /// - Returns: `nil` for a file without required fields.
  init?(path: String) {
    guard let fields = Self.required[path] else { return nil }
    self.fields = fields
  }

  /// Says what is missing in a line that is a JSON object; `nil` where nothing is.
  func violation(of line: UnsafeRawBufferPointer) -> String? {
    do {
      let keys = try JSONDecoder().decode(Keys.self, from: Data(line)).names
      return fields.first { !keys.contains($0) }.map { "the field \"\($0)\" is missing" }
    } catch {
      return describe(error)
    }
  }

  private struct Keys: Decodable {
    let names: Set<String>

    init(from decoder: any Decoder) throws {
      names = Set(try decoder.container(keyedBy: Name.self).allKeys.map(\.stringValue))
    }
  }

  private struct Name: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) {
      self.stringValue = stringValue
    }

    init?(intValue: Int) {
      nil
    }
  }
}
