/// The message ids that systemd gives to its own entries (sd-messages.h, `journalctl --catalog`).
enum JournalMessage {
  static let journalSuppressed = id(0xa596_d6fe_7bfa_4994, 0x828e_7230_9e95_d61e)
  static let kernelMissed = id(0xe9bf_28e6_e834_481b, 0xb6f4_8f54_8ad1_3606)
  static let coredump = id(0xfc2e_22bc_6ee6_47b6, 0xb907_29ab_34a2_50b1)
  static let clockChanged = id(0xc7a7_8707_9b35_4eaa, 0xa9e7_7b37_1893_cd27)
  static let startupFinished = id(0xb07a_249c_d024_414a, 0x82dd_00cd_1813_78ff)
  static let shutdown = id(0x9826_8866_d1d5_4a49, 0x9c4e_9892_1d93_bc40)
  static let unitStarted = id(0x39f5_3479_d3a0_45ac, 0x8e11_7862_4823_1fbf)
  static let unitStartFailed = id(0xbe02_cf68_55d2_428b, 0xa40d_f7e9_d022_f03d)
  static let unitStopped = id(0x9d1a_aa27_d601_40bd, 0x9636_5438_aad2_0286)
  static let unitReloaded = id(0x7b05_ebc6_6838_4222, 0xbaa8_8811_79cf_da54)
  static let unitRestartScheduled = id(0x5eb0_3494_b658_4870, 0xa536_b337_2908_09b3)
  static let unitFailed = id(0xd9b3_73ed_55a6_4feb, 0x8242_e02d_be79_a49c)
  static let unitProcessExit = id(0x98e3_2220_3f7a_4ed2, 0x90d0_9fe0_3c09_fe15)
  static let unitOutOfMemory = id(0xfe6f_aa94_e777_4663, 0xa0da_5271_7891_d8ef)
  static let unitOomdKill = id(0xd989_611b_15e4_4c9d, 0xbf31_e3c8_1256_e4ed)

  /// All of them: an entry with one of these is looked at as a whole.
  static let all: Set<JournalID> = [
    journalSuppressed, kernelMissed, coredump, clockChanged, startupFinished, shutdown, unitStarted,
    unitStartFailed, unitStopped, unitReloaded, unitRestartScheduled, unitFailed, unitProcessExit,
    unitOutOfMemory, unitOomdKill,
  ]

  private static func id(_ high: UInt64, _ low: UInt64) -> JournalID { JournalID(high: high, low: low) }
}
