extension JournalEntry {
  /// The order in which `journalctl` shows entries of several files (sd_journal_next(3) as of systemd 252): by sequence
  /// number within one sequence, by the monotonic clock within one boot, else by time, and by content at last.
  ///
  /// - Returns: negative when this entry comes first, 0 when the two are one and the same.
  func order(to other: JournalEntry) -> Int {
    if sequenceID == other.sequenceID, sequenceNumber != other.sequenceNumber {
      return sequenceNumber < other.sequenceNumber ? -1 : 1
    }
    if bootID == other.bootID, monotonic != other.monotonic { return monotonic < other.monotonic ? -1 : 1 }
    if realtime != other.realtime { return realtime < other.realtime ? -1 : 1 }
    if fieldsHash != other.fieldsHash { return fieldsHash < other.fieldsHash ? -1 : 1 }
    // The same in all but the sequence: written twice, by two writers.
    return self == other
      ? 0 : (sequenceID.high, sequenceID.low) < (other.sequenceID.high, other.sequenceID.low) ? -1 : 1
  }
}
