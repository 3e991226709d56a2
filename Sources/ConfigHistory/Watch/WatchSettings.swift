package import Redaction

/// What the watch goes by; asked for again and again, since a reload may change it.
package struct WatchSettings: Sendable {
  /// Whether there is a history at all.
  package var isEnabled = true
  package var scope: ConfigScope
  package var redactor: Redactor
  package var preference = WatchPreference.automatic
  /// How long a path has to be quiet before it is looked at, so that a file is read once it is written.
  package var settle = Duration.milliseconds(200)
  /// How long a path that is never quiet may wait.
  package var longestWait = Duration.seconds(5)
  /// How often everything is looked at where events do not come, and where they do.
  package var pollInterval = Duration.seconds(60)
  package var rescanInterval = Duration.seconds(3600)
  /// How long a scan of everything may take.
  package var timeout = Duration.seconds(20)
  /// How old a superseded version may become, in seconds, and how many bytes all contents may take.
  package var retentionSeconds = 30.0 * 86_400
  package var maximumStoreBytes = 512 << 20
  /// After events were lost everything is looked at, at most one part in so many of the time.
  package var overflowShare = 20
  /// Paths that may wait to be looked at; beyond it everything is.
  package var maximumPending = 10_000

  /// - Parameters:
  ///   - scope: what is watched.
  ///   - redactor: what everything that is stored passes.
  package init(scope: ConfigScope, redactor: Redactor) {
    self.scope = scope
    self.redactor = redactor
  }
}
