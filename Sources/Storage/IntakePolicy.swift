package import Evidence

/// What becomes of the signals that are taken in, by the host's configuration.
package struct IntakePolicy: Sendable {
  /// Why there is a capture, where the signal opens an incident.
  package var phase = CapturePhase.opened
  /// Whether the signal may open an incident; one that may not still tells of an incident that is known.
  package var opens = true
  /// After which changes of an incident there is a capture.
  package var captureOn: Set<Incident.Change> = [.opened, .resolved]
  /// Seconds between captures of one incident that are made because of updates; what happens between them is in the next.
  package var updateInterval = 300.0
  /// Captures of one incident that are made because of updates.
  package var updateLimit = 10
  /// Seconds after its end in which a further opening signal of its key opens the incident again; later it opens another.
  package var reopenWithin = 0.0
  /// How often an incident may be opened again: each time it ends there is a capture.
  package var reopenLimit = 10
  /// Signals of one group are one incident, whatever their keys; `nil` groups by key alone.
  package var group: String?
  /// Seconds since its latest signal in which an open incident takes in other keys of its group.
  package var groupWithin = 0.0

  package init() {}
}
