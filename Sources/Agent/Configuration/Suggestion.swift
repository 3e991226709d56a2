/// The candidate that `text` is most likely a slip of, if one is near enough.
func nearest(to text: String, in candidates: [String]) -> String? {
  guard text.utf8.count <= 64 else { return nil }
  if text.utf8.count >= 3, let longer = candidates.first(where: { $0.hasPrefix(text) }) { return longer }
  let limit = max(1, text.utf8.count / 3)
  let distances = candidates.map { ($0, editDistance(Array(text.lowercased().utf8), Array($0.utf8))) }
  return distances.filter { $0.1 <= limit }.min { $0.1 < $1.1 }?.0
}

/// Insertions, deletions and substitutions that turn one into the other.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var row = Array(0...right.count)
  for (i, byte) in left.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in right.indices {
      let substitution = diagonal + (byte == right[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(substitution, row[j] + 1, diagonal + 1)
    }
  }
  return row[right.count]
}
