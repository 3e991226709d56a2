/// Rows in aligned columns, as `kubectl get` prints them: upper-case headings, two spaces between columns, no
/// lines, and the last column cut to the terminal.
struct Table {
  private let headings: [String]
  private var rows: [[Cell]] = []

  init(_ headings: String...) {
    self.headings = headings
  }

  /// A text and how to colour it.
  struct Cell: ExpressibleByStringInterpolation {
    var text: String
    var style: Style?

    init(_ text: String, _ style: Style? = nil) {
      self.text = DisplayText.sanitised(text)
      self.style = style
    }

    init(stringLiteral value: String) {
      self.init(value)
    }
  }

  var isEmpty: Bool { rows.isEmpty }

  mutating func append(_ cells: Cell...) {
    rows.append(cells)
  }

  /// The rows as text. A `width` in columns cuts the last column; `nil` cuts nothing, as a pipe wants it.
  func rendered(width: Int?, colour: Bool) -> String {
    let all = [headings.map { Cell($0, .bold) }] + rows
    let widths = headings.indices.map { column in
      all.map { column < $0.count ? DisplayText.width($0[column].text) : 0 }.max() ?? 0
    }
    return all.map { line($0, widths: widths, width: width, colour: colour) + "\n" }.joined()
  }

  private func line(_ cells: [Cell], widths: [Int], width: Int?, colour: Bool) -> String {
    var result = ""
    var used = 0
    for (column, cell) in cells.enumerated() {
      let isLast = column == cells.count - 1
      let text = isLast ? cut(cell.text, width.map { max(1, $0 - used) }) : cell.text
      result += colour ? cell.style?.applied(to: text) ?? text : text
      if !isLast {
        result += String(repeating: " ", count: widths[column] - DisplayText.width(text) + 2)
        used += widths[column] + 2
      }
    }
    return result
  }

  private func cut(_ text: String, _ columns: Int?) -> String {
    columns.map { DisplayText.truncated(text, to: $0) } ?? text
  }
}

/// The few of the terminal's styles in use (ECMA-48, Select Graphic Rendition).
enum Style: Int {
  case bold = 1
  case dim = 2
  case red = 31
  case green = 32
  case yellow = 33
  case cyan = 36

  func applied(to text: String) -> String {
    "\u{1B}[\(rawValue)m\(text)\u{1B}[0m"
  }
}
