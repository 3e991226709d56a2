/// How far a transfer of known length is.
struct TransferProgress {
  var done: Int
  var total: Int
  /// Bytes that were there before this transfer began; they do not count for the rate.
  var resumedAt = 0
  /// Seconds since this transfer began.
  var elapsed: Double

  /// One line of at most `width` columns: name, bar, bytes, rate, time left.
  func line(label: String, width: Int) -> String {
    let fraction = total > 0 ? min(1, Double(done) / Double(total)) : 1
    let figures = " \(Units.percent(fraction))  \(Units.bytes(done)) of \(Units.bytes(total))\(rateText)"
    let name = DisplayText.truncated(DisplayText.sanitised(label), to: 40)
    let room = width - 1 - DisplayText.width(name) - DisplayText.width(figures) - 3
    guard room >= 8 else { return DisplayText.truncated(name + figures, to: width - 1) }
    let columns = min(room, 40)
    let filled = Int(fraction * Double(columns))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: columns - filled)
    return "\(name) \(bar)\(figures)"
  }

  private var rateText: String {
    guard elapsed >= 0.5, done > resumedAt else { return "" }
    let rate = Double(done - resumedAt) / elapsed
    let left = Double(max(0, total - done)) / rate
    return "  \(Units.bytes(Int(min(rate, 1e18))))/s"
      + (done < total ? "  \(Units.duration(seconds: left)) left" : "")
  }
}

/// How far something is that goes step by step, of which some take long.
struct StepProgress {
  /// What it is about.
  var label: String
  /// What it is doing.
  var activity: String
  var done: Int
  var total: Int
  /// Seconds so far.
  var elapsed: Double

  /// One line of at most `width` columns: name, bar, steps, activity, time.
  func line(width: Int) -> String {
    let name = DisplayText.truncated(DisplayText.sanitised(label), to: 40)
    let steps = max(1, total)
    let filled = min(max(0, done), steps) * Self.columns / steps
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.columns - filled)
    let time = Units.duration(seconds: elapsed)
    let room = width - 1 - DisplayText.width("\(name) \(bar)   \(time)")
    guard room >= 8 else { return DisplayText.truncated("\(name) \(done)/\(total) \(time)", to: width - 1) }
    let words = DisplayText.truncated(DisplayText.sanitised(activity), to: room)
    return "\(name) \(bar) \(words) \(time)"
  }

  private static let columns = 20
}

/// The one line on standard error that is drawn over and over while something takes long.
///
/// On anything but a terminal it prints a plain line whenever the text changes, and no more.
struct ProgressLine: ~Copyable {
  private static let frames: [Character] = Array("⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏")
  private let isTerminal = Terminal.errorIsTerminal
  private let started = ContinuousClock.now
  private var drawnAt: ContinuousClock.Instant?
  private var frame = 0
  private var lastText = ""

  /// Time since the line was made.
  var elapsed: Duration { started.duration(to: .now) }

  /// Shows a state that has no measure: spinner, text and time on a terminal; each new text once elsewhere.
  mutating func show(_ text: String) {
    let text = DisplayText.sanitised(text)
    guard isTerminal else {
      if text != lastText { Note.print(text) }
      lastText = text
      return
    }
    frame = (frame + 1) % ProgressLine.frames.count
    let time = Units.duration(seconds: elapsed.inSeconds)
    draw("\(ProgressLine.frames[frame]) \(DisplayText.truncated(text, to: Terminal.errorWidth - 12)) \(time)")
  }

  /// Shows how many steps are done: a bar on a terminal; each new text once elsewhere.
  mutating func show(_ label: String, activity: String, done: Int, total: Int) {
    guard isTerminal else { return show("\(label): \(activity)") }
    let progress = StepProgress(
      label: label, activity: activity, done: done, total: total, elapsed: elapsed.inSeconds)
    draw(progress.line(width: Terminal.errorWidth))
  }

  /// Shows a transfer, at most ten times a second, on a terminal only.
  mutating func show(_ label: String, done: Int, total: Int, resumedAt: Int = 0) {
    guard isTerminal, drawnAt.map({ $0.duration(to: .now) > .milliseconds(100) }) ?? true || done == total
    else { return }
    let progress = TransferProgress(
      done: done, total: total, resumedAt: resumedAt, elapsed: elapsed.inSeconds)
    draw(progress.line(label: label, width: Terminal.errorWidth))
  }

  /// Takes the line away, so that what follows starts on a clean one.
  mutating func clear() {
    if drawnAt != nil { Note.draw("\r\u{1B}[K") }
    drawnAt = nil
  }

  deinit {
    if drawnAt != nil { Note.draw("\r\u{1B}[K") }
  }

  private mutating func draw(_ line: String) {
    Note.draw("\r\(line)\u{1B}[K")
    drawnAt = .now
  }
}
