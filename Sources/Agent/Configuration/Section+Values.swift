extension Section {
  func bool(_ key: String, into value: inout Bool) {
    self.value(key, into: &value) { text throws(Complaint) in
      switch text {
      case "true": return true
      case "false": return false
      default: throw Complaint("\(quoted(text)) is neither true nor false; write one of them")
      }
    }
  }

  func integer(_ key: String, into value: inout Int, in range: ClosedRange<Int>) {
    self.value(key, into: &value, wholeNumber(in: range))
  }

  /// Whole seconds, minutes, hours or days: `90s`, `15m`, `6h`, `30d`.
  func duration(_ key: String, into value: inout Duration, in range: ClosedRange<Duration>) {
    let limits = range.lowerBound.components.seconds...range.upperBound.components.seconds
    let preferred = DurationUnit.natural(for: value.components.seconds)
    self.value(key, into: &value) { text throws(Complaint) in
      .seconds(try quantity(text, DurationUnit.self, in: limits, preferred: preferred))
    }
  }

  /// Whole bytes: `512B`, `64KiB`, `1MiB`, `2GiB`.
  func size(_ key: String, into value: inout Int, in range: ClosedRange<Int>) {
    let limits = Int64(range.lowerBound)...Int64(range.upperBound)
    let preferred = SizeUnit.natural(for: Int64(value))
    self.value(key, into: &value) { text throws(Complaint) in
      Int(try quantity(text, SizeUnit.self, in: limits, preferred: preferred))
    }
  }

  /// One of the raw values of an enumeration.
  func choice<Choice>(_ key: String, into value: inout Choice)
  where Choice: CaseIterable & RawRepresentable<String> {
    self.value(key, into: &value, oneOf(Choice.self))
  }

  /// A path from the root, of at most `limit` bytes.
  func absolutePath(_ key: String, into value: inout String, allowEmpty: Bool = false, limit: Int = 4095) {
    self.value(key, into: &value) { text throws(Complaint) in
      if allowEmpty, text.isEmpty { return text }
      let path = try checkAbsolutePath(text)
      guard path.utf8.count <= limit else {
        throw Complaint("the path has \(path.utf8.count) bytes, of which Linux allows \(limit); shorten it")
      }
      return path
    }
  }
}
