internal import Evidence

/// Bounds of the normal form, so that one message cannot swell an incident, a page, or a file name.
enum SignalLimits {
  static let titleBytes = 512
  static let severityBytes = 64
  static let incidentIDBytes = 512
  static let incidentKeyBytes = 1024
  static let labels = 64
  static let labelBytes = 1024
  static let links = 8
  static let urlBytes = 2048
}

extension String {
  /// The text, or as many of its characters as fit into `bytes` of UTF-8.
  func cut(toBytes bytes: Int) -> String {
    guard utf8.count > bytes else { return self }
    var end = utf8.index(startIndex, offsetBy: bytes)
    while end > startIndex, end.samePosition(in: self) == nil { end = utf8.index(before: end) }
    return String(self[..<end])
  }

  /// Without white space at the ends; `nil` where nothing is left.
  var trimmed: String? {
    let start = firstIndex { !$0.isWhitespace }
    guard let start, let last = lastIndex(where: { !$0.isWhitespace }) else { return nil }
    return String(self[start...last])
  }
}

/// At most `SignalLimits.labels` labels, the first by name; long values are cut, long names dropped.
func bounded(_ labels: [String: String]) -> [String: String] {
  let kept = labels.filter { $0.key.utf8.count <= SignalLimits.labelBytes }
    .sorted { $0.key < $1.key }
    .prefix(SignalLimits.labels)
  return Dictionary(
    kept.map { ($0.key, $0.value.cut(toBytes: SignalLimits.labelBytes)) },
    uniquingKeysWith: { first, _ in first })
}

/// The first `SignalLimits.links` distinct links. Only `http` and `https` URLs count: what else a sender
/// writes there (`javascript:`) would end up behind a click in a report.
func bounded(_ links: [IncidentLink]) -> [IncidentLink] {
  var seen: Set<String> = []
  let kept = links.filter { link in
    let url = link.url.lowercased()
    return (url.hasPrefix("https://") || url.hasPrefix("http://"))
      && link.url.utf8.count <= SignalLimits.urlBytes
      && !link.url.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F }
      && seen.insert(link.url).inserted
  }
  return Array(kept.prefix(SignalLimits.links))
}
