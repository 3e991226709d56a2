/// Text that is safe to show: one line, with nothing that a terminal or a browser acts upon.
///
/// Control characters (a terminal's escape sequences begin with one) and the marks that reorder
/// bidirectional text become U+FFFD; white space of any kind becomes one space.
func singleLine(_ text: String) -> String {
  var result = String.UnicodeScalarView()
  var afterSpace = true
  for scalar in text.unicodeScalars {
    if scalar.properties.isWhitespace {
      if !afterSpace { result.append(" ") }
      afterSpace = true
    } else {
      result.append(isUnsafe(scalar) ? "\u{FFFD}" : scalar)
      afterSpace = false
    }
  }
  if result.last == " " { result.removeLast() }
  return String(result)
}

private func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
  switch scalar.value {
  case 0..<0x20, 0x7F...0x9F: true
  case 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: true
  default: false
  }
}

/// Text for a cell of a Markdown table: safe to show, cut at `limit` characters, and literal.
func markdownCell(_ text: String, limit: Int = 500) -> String {
  let line = singleLine(text)
  let cut = line.count > limit ? line.prefix(limit - 1) + "…" : line[...]
  return markdownEscaped(cut)
}

/// Characters that have a meaning inside a line of Markdown or in HTML.
private let markdownSpecials: Set<Character> = [
  "\\", "`", "*", "_", "[", "]", "<", ">", "|", "~", "&", "#", "$", "!",
]

private func markdownEscaped(_ text: Substring) -> String {
  text.reduce(into: "") { result, character in
    if markdownSpecials.contains(character) { result.append("\\") }
    result.append(character)
  }
}
