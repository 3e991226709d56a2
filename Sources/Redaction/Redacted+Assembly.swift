extension Redacted {
  /// Bytes that are put together from fields which each passed a redactor, and from this program's own words.
  ///
  /// For `Journal.ChunkRenderer` alone, which redacts each distinct field once and copies it after that; everything
  /// else goes through `RedactionStream` or `Redactor`.
  package init(assembling memory: FilledMemory) {
    self.init(memory)
  }

  /// The first bytes of these.
  package func prefix(_ count: Int) -> Redacted {
    withUnsafeBytes { Redacted(Array($0.prefix(count))) }
  }
}
