/// One pass over one segment: whole lines, or a window of a line that is longer than the window.
///
/// It finds triggers from left to right, lets the context of each decide, and copies what is not secret to the
/// output. Nothing before `cursor` is looked at as a secret again.
///
/// A class of one owner, so that a call of a parser does not copy it: it has some 300 bytes and a dozen references.
final class Scanner {
  let tables: Tables
  let signer: TokenSigner
  var exemptions: Exemptions
  let found: FoundSecrets?
  /// The user's expression that was searched last, and up to where its literal needs no other search.
  var regexDone = (index: -1, end: 0)
  /// The segment. Only valid inside `scan`, which sets and clears it.
  private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
  /// The end of the segment.
  private(set) var end = 0
  /// Whether the segment ends where its last line ends.
  private(set) var isComplete = true
  private(set) var cursor = 0
  /// The end of what is in the output, or replaced there.
  private(set) var copied = 0
  /// A segment in which nothing is replaced is not appended at all.
  var skipsUntouched = false
  private(set) var lineStart = 0
  private(set) var lineEnd = -1
  /// Bytes that parsers looked at in this line; `byte(_:)` does not count, loops do.
  var steps = 0
  private(set) var totalSteps = 0
  var state = BlockState()
  private var output: [UInt8] = []
  private(set) var counts: [Int]
  /// Triggers whose context was looked at.
  var performed = 0
  /// The sum of `counts`.
  private(set) var replacements = 0
  /// Whether one of the secrets so far is one to look for elsewhere.
  private(set) var foundTelling = false
  /// The end of the last key that was looked at, so that each of its words does not look at it again.
  var keyEnd = 0
  /// Secrets further on in the line.
  private var planned = PlannedSecrets()
  /// The end of the last command whose options were looked at.
  var commandEnd = 0
  /// The run of a token's alphabet that holds no random text, so that no token of that rule begins in it.
  var wordyRun = (rule: -1, end: 0)
  var bareMemo = EndMemo()
  private var codes = CodeCache()
  /// Whether a block began that takes effect on the next line, so that the rest of this one is an ordinary one.
  var stopsAtLine = false
  var components: [Component] = []

  init(_ redactor: Redactor) {
    tables = redactor.rules.tables
    signer = TokenSigner(redactor.key)
    exemptions = redactor.exemptions
    found = redactor.found
    counts = Array(repeating: 0, count: tables.rules.count)
  }

  /// Scans `segment` from `start` on, appends what it becomes, and returns where it stopped.
  ///
  /// Only triggers before `limit` are followed; the bytes behind it are there to be looked at. Where a secret
  /// reaches beyond the limit the scan stops at its end.
  func scan(
    _ segment: UnsafeRawBufferPointer, from start: Int = 0, limit: Int, isComplete: Bool,
    state: inout BlockState, output: inout [UInt8]
  ) -> Int {
    swap(&self.state, &state)
    swap(&self.output, &output)
    bytes = segment
    end = segment.count
    self.isComplete = isComplete
    (cursor, copied, lineStart, lineEnd, keyEnd, steps, commandEnd) = (start, start, 0, -1, 0, 0, 0)
    (wordyRun, bareMemo, regexDone) = ((-1, 0), EndMemo(), (-1, 0))
    run(from: start, limit: limit)
    // A planned secret may lie behind the limit.
    var position = max(cursor, limit)
    while planned.start < .max {
      if position < planned.start { follow(from: position, until: planned.start) }
      replacePlanned()
      position = max(position, cursor)
    }
    let stop = max(cursor, limit)
    if !(skipsUntouched && copied == start) { append(copied..<stop) }
    bytes = UnsafeRawBufferPointer(start: nil, count: 0)
    swap(&self.state, &state)
    swap(&self.output, &output)
    return stop
  }

  private func run(from start: Int, limit: Int) {
    var position = start
    while position < limit {
      if state.mode == .none && state.linesNearAccessKey == 0 {
        position = follow(from: position, until: limit)
      } else {
        enterLine(position)
        let next = min(lineEnd + 1, limit)
        if state.linesNearAccessKey > 0 { planSecretKeys(lineAt: position) }
        let isDone = continueBlock(lineAt: position)
        // The line is looked at alone as it is.
        stopsAtLine = false
        if !isDone {
          follow(from: max(position, cursor), until: next)
        }
        position = max(next, cursor)
      }
    }
  }

  /// Follows the triggers up to `limit`, or to the next line when a block began.
  @discardableResult
  func follow(from start: Int, until limit: Int) -> Int {
    var modeAtStart = state.mode
    var limit = limit
    var position = start
    while position < limit {
      let until = min(limit, planned.start)
      let candidate = nextCandidate(from: position, until: until)
      position = tables.known.isEmpty ? candidate : nextKnown(from: position, until: candidate)
      if position >= planned.start, position < limit { replacePlanned() }
      guard position < limit else { break }
      enterLine(position)
      if steps > 4096 + 64 * (lineEnd - lineStart) {
        let rest = max(position, cursor)..<lineEnd
        if !rest.isEmpty {
          _ = substitute(rest, rule: tables.index(.costlyLine), counts: true, quoteLevel: nil)
        }
      }
      position = max(position + 1, position < cursor ? cursor : dispatch(at: position) ?? 0)
      if stopsAtLine {
        (stopsAtLine, modeAtStart, limit) = (false, state.mode, min(lineEnd + 1, limit))
      }
      if !(state.mode.isNone && modeAtStart.isNone), state.mode != modeAtStart {
        return leaveLine(until: limit)
      }
    }
    return limit
  }

  /// Goes on behind the line in which a block began; what was planned in the rest of it is replaced.
  private func leaveLine(until limit: Int) -> Int {
    let next = min(lineEnd + 1, limit)
    while planned.start < next { replacePlanned() }
    return next
  }

  /// The next place at which a trigger may stand.
  @inline(__always)
  private func nextCandidate(from start: Int, until limit: Int) -> Int {
    let last = min(limit, end - 3)
    guard start < last, let base = bytes.baseAddress else { return limit }
    let place = tables.prefilter.next(in: base, from: start, until: last)
    return place < last ? place : limit
  }

  /// Notes a secret that stands further on, so that what lies between is scanned first.
  func plan(_ range: Range<Int>, rule: Int) {
    if range.lowerBound >= cursor { planned.insert(range, rule) }
  }

  private func replacePlanned() {
    guard let (range, rule) = planned.removeFirst() else { return }
    let rest = max(cursor, range.lowerBound)..<max(cursor, range.upperBound)
    if !rest.isEmpty { _ = replace(rest, rule: rule) }
  }

  /// The byte at a place, or a newline outside the segment: every parser stops at a newline.
  @inline(__always)
  func byte(_ position: Int) -> UInt8 {
    position >= 0 && position < end ? bytes[position] : 0x0A
  }

  func hasPrefix(_ literal: StaticString, at position: Int) -> Bool {
    guard position >= 0, position + literal.utf8CodeUnitCount <= end else { return false }
    return literal.withUTF8Buffer { literal in
      for offset in literal.indices where bytes[position + offset] != literal[offset] { return false }
      return true
    }
  }

  /// Makes the line of `position` the present one.
  @inline(__always)
  private func enterLine(_ position: Int) {
    if position > lineEnd { findLine(of: position) }
  }

  private func findLine(of position: Int) {
    totalSteps += steps
    steps = 0
    lineStart = bytes.lastNewline(in: lineEnd + 1..<position).map { $0 + 1 } ?? lineEnd + 1
    lineEnd = bytes.firstNewline(from: position) ?? end
  }

  /// Replaces a range by its token, unless a token of ours stands in it: then an earlier pass has decided about it.
  func replace(
    _ range: Range<Int>, rule: Int, counts isCounted: Bool = true, quoteLevel: Int? = nil
  ) -> Int {
    guard range.lowerBound >= cursor, !range.isEmpty, !touchesMarker(range) else {
      return max(cursor, range.lowerBound)
    }
    return substitute(range, rule: rule, counts: isCounted, quoteLevel: quoteLevel)
  }

  /// Replaces a range; an overlong line whose window ends inside the secret loses its rest.
  private func substitute(_ range: Range<Int>, rule: Int, counts isCounted: Bool, quoteLevel: Int?)
    -> Int
  {
    var (range, rule) = (range, rule)
    if let token = token(in: range) {
      rule = token.rule
      range = range.lowerBound..<min(token.end, max(planned.start, range.upperBound))
    }
    if exemptions.allow(UnsafeRawBufferPointer(rebasing: bytes[range]), rule: rule, signer: signer) {
      cursor = range.upperBound
      return cursor
    }
    append(copied..<range.lowerBound)
    appendQuote(quoteLevel)
    let secret = UnsafeRawBufferPointer(rebasing: bytes[range])
    let markerStart = output.count
    output += tables.markers[rule]
    codes.appendCode(of: secret, signer, to: &output)
    output.append(UInt8(ascii: "]"))
    if rule != tables.index(.costlyLine) {
      foundTelling = foundTelling || FoundSecrets.isTelling(secret)
      found?.insert(secret, marker: Array(output[markerStart...]))
    }
    appendQuote(quoteLevel)
    if isCounted {
      counts[rule] += 1
      replacements += 1
    }
    (copied, cursor) = (range.upperBound, range.upperBound)
    if range.upperBound == end && !isComplete { state.mode = .dropping }
    return cursor
  }

  /// Quotes that a token needs where a bare JSON number stood.
  private func appendQuote(_ level: Int?) {
    guard let level else { return }
    output.append(contentsOf: repeatElement(UInt8(ascii: "\\"), count: level))
    output.append(UInt8(ascii: "\""))
  }

  /// Drops a range without a token.
  func drop(_ range: Range<Int>) {
    append(copied..<range.lowerBound)
    (copied, cursor) = (range.upperBound, range.upperBound)
  }

  private func append(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[range]))
  }
}
