internal import Journal
internal import Signals

/// Parses a decimal number without a unit.
func wholeNumber(in range: ClosedRange<Int>) -> (String) throws(Complaint) -> Int {
  { text throws(Complaint) in
    let limits = "\(range.lowerBound) to \(range.upperBound)"
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    guard !digits.isEmpty, digits.allSatisfy({ ("0"..."9").contains($0) }) else {
      throw Complaint("\(quoted(text)) is not a whole number; write one from \(limits)")
    }
    guard let number = Int(text), range.contains(number) else {
      throw Complaint("\(quoted(text)) is out of range; write \(limits)")
    }
    return number
  }
}

/// Parses the raw value of an enumeration.
func oneOf<Choice>(_ type: Choice.Type) -> (String) throws(Complaint) -> Choice
where Choice: CaseIterable & RawRepresentable<String> {
  { text throws(Complaint) in
    if let choice = Choice(rawValue: text) { return choice }
    let names = Choice.allCases.map(\.rawValue)
    let near = nearest(to: text, in: names).map { "did you mean \"\($0)\"?" }
    throw Complaint("\(quoted(text)) is unknown; \(near ?? "write one of \(names.joined(separator: ", "))")")
  }
}

/// A text that says something.
func notEmpty(_ text: String) throws(Complaint) -> String {
  guard !text.isEmpty else { throw Complaint("the text is empty; write one, or remove the line") }
  return text
}

/// The id of a redaction rule: it stands in the token `[REDACTED:id:…]` and in metrics.
func checkRuleID(_ text: String) throws(Complaint) -> String {
  let allowed = text.unicodeScalars.allSatisfy { scalar in
    ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "-"
  }
  guard allowed, (1...64).contains(text.utf8.count) else {
    throw Complaint("\(quoted(text)) is not an id; write 1 to 64 lower-case letters, digits or hyphens")
  }
  return text
}

/// A path from the root, or a glob pattern of such paths.
func checkAbsolutePath(_ text: String) throws(Complaint) -> String {
  guard text.hasPrefix("/") else {
    throw Complaint("\(quoted(text)) is a relative path; write it from the root, as in \(quoted("/" + text))")
  }
  try checkComponents(text)
  return text
}

func checkComponents(_ path: String) throws(Complaint) {
  guard !path.unicodeScalars.contains("\0") else {
    throw Complaint("\(quoted(path)) has a NUL character, which no path has; remove it")
  }
  guard !path.split(separator: "/").contains("..") else {
    throw Complaint("\(quoted(path)) has \"..\" in it; write the path without it")
  }
}

/// A full unit name, see systemd.unit(5).
/// Priorities of syslog(3): one, which means it and all that are more severe, or a range.
func checkPriority(_ text: String) throws(Complaint) -> String {
  guard text.isEmpty || JournalPriority(text) != nil else {
    throw Complaint("\"\(text)\" is no priority; write one (err, 3), or a range (warning..err)")
  }
  return text
}

func checkUnitName(_ text: String) throws(Complaint) -> String {
  let types = [
    "service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope",
  ]
  let allowed = text.unicodeScalars.allSatisfy {
    $0.isASCIILetterOrDigit || ":-_.\\@".unicodeScalars.contains($0)
  }
  guard !text.isEmpty, allowed, text.utf8.count <= 255 else {
    throw Complaint(
      "\(quoted(text)) is not a unit name; write it in full, without patterns, as in \"nginx.service\"")
  }
  guard let dot = text.lastIndex(of: "."), types.contains(String(text[text.index(after: dot)...])) else {
    throw Complaint("\(quoted(text)) has no unit type; write \(quoted(text + ".service"))")
  }
  return text
}

/// RFC 6901; the whole document is nothing to look for.
func checkJSONPointer(_ text: String) throws(Complaint) -> JSONPointer {
  do throws(JSONPointerError) {
    guard !text.isEmpty else { throw .noLeadingSlash(text) }
    return try JSONPointer(text)
  } catch {
    switch error {
    case .noLeadingSlash:
      throw Complaint("\(quoted(text)) is not a JSON Pointer; begin with a slash: \(quoted("/" + text))")
    case .badEscape:
      throw Complaint(
        "\(quoted(text)) has a \"~\" by itself; write \"~0\" for it, and \"~1\" for a slash in a name")
    }
  }
}

extension AgentConfiguration.TokenEntry {
  static func checkName(_ text: String) throws(Complaint) -> String {
    let allowed = text.unicodeScalars.allSatisfy {
      $0.isASCIILetterOrDigit || "._-".unicodeScalars.contains($0)
    }
    guard allowed, (1...64).contains(text.utf8.count) else {
      throw Complaint("\(quoted(text)) is not a name; write 1 to 64 letters, digits, \".\", \"_\" or \"-\"")
    }
    return text
  }

  static func checkFile(_ text: String) throws(Complaint) -> String {
    guard !text.isEmpty else { throw Complaint("the path is empty; write that of the token's file") }
    try checkComponents(text)
    return text
  }
}

extension Unicode.Scalar {
  fileprivate var isASCIILetterOrDigit: Bool {
    ("a"..."z").contains(self) || ("A"..."Z").contains(self) || ("0"..."9").contains(self)
  }
}
