internal import CSystemd

extension JournalID {
  /// The id that the kernel gave to this boot.
  /// - Throws: `JournalError` where /proc is not there.
  package static func currentBoot() throws(JournalError) -> JournalID {
    var id = sd_id128_t()
    let result = sd_id128_get_boot(&id)
    guard result >= 0 else { throw JournalError(call: "sd_id128_get_boot", result: result) }
    return withUnsafeBytes(of: &id) { $0.id(0) }
  }
}
