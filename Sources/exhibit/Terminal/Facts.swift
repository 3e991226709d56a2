/// Labelled values, one a line, aligned: what `show` and `capture` print.
struct Facts {
  private var lines: [(label: String, value: String)] = []

  /// Adds a line; a `nil` value adds none.
  mutating func add(_ label: String, _ value: String?) {
    if let value { lines.append((label, DisplayText.sanitised(value))) }
  }

  func rendered(colour: Bool, indent: Int = 0) -> String {
    let column = (lines.map { DisplayText.width($0.label) }.max() ?? 0) + 2
    return lines.map { label, value in
      let gap = String(repeating: " ", count: column - DisplayText.width(label))
      let name = colour ? Style.dim.applied(to: label) : label
      return String(repeating: " ", count: indent) + name + gap + value + "\n"
    }.joined()
  }
}
