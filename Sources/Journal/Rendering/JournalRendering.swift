package import Redaction

/// How the entries of a reading are rendered.
package struct JournalRendering: Sendable {
  package var form: JournalForm
  /// `nil` writes fields as they are: for the eyes of who may read the journal anyway.
  package var redactor: Redactor?
  /// Bytes of memory for fields that were rendered already, for one renderer.
  package var cacheBytes: Int
  /// Bytes of one entry; longer ones are left out and named.
  package var entryLimit: Int

  package init(form: JournalForm, redactor: Redactor?, cacheBytes: Int = 16 << 20, entryLimit: Int = 32 << 20)
  {
    self.form = form
    self.redactor = redactor
    self.cacheBytes = cacheBytes
    self.entryLimit = entryLimit
  }
}
