internal import Logging

/// What a log line is about, as a 128-bit id of our own (systemd.journal-fields(7), `MESSAGE_ID=`): what is searched for
/// by `journalctl MESSAGE_ID=…`, and explained by `journalctl -x` out of `systemd/exhibit.catalog`.
package enum MessageID: String, CaseIterable, CustomStringConvertible, Sendable {
  /// Somebody did something with evidence, or tried to: one line for each row of the audit.
  case audit = "c7f3b0a1d4e84f5b9a6de0b1f2c83a57"
  /// Something could not be written to the audit.
  case auditFailed = "0b8e6d52f9a14c7fb3d05e7a4c1698e2"
  /// A capture ended with a bundle.
  case captured = "5d2a97c4e0b64f118c3fa9d17be4062b"
  /// A capture failed, and will not be tried again.
  case captureFailed = "e91f4b0c6a7d4e3a8b52d6c0f3179a84"
  /// A reload changed nothing, for the configuration has a mistake.
  case reloadFailed = "3ac5e18f7d204b96a0e4c9b2d86f715e"

  /// The metadata that becomes the field.
  static let key = "message.id"

  package var description: String { rawValue }
}
