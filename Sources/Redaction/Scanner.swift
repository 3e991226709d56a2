/// One pass over one segment: whole lines, or a window of a line that is longer than the window.
///
/// It finds triggers from left to right, lets the context of each decide, and copies what is not secret to the
/// output. Nothing before `cursor` is looked at as a secret again.
struct Scanner {
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
  private var copied = 0
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
  private(set) var performed = 0
  /// The sum of `counts`.
  private(set) var replacements = 0
  /// The end of the last key that was looked at, so that each of its words does not look at it again.
  var keyEnd = 0
  /// Secrets further on in the line, in order, and where the first of them begins.
  private var planned: [(range: Range<Int>, rule: Int)] = []
  private var plannedStart = Int.max
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
  mutating func scan(
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
    while plannedStart < .max {
      if position < plannedStart { follow(from: position, until: plannedStart) }
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

  private mutating func run(from start: Int, limit: Int) {
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
  mutating func follow(from start: Int, until limit: Int) -> Int {
    var modeAtStart = state.mode
    var limit = limit
    var position = start
    while position < limit {
      let until = min(limit, plannedStart)
      let candidate = nextCandidate(from: position, until: until)
      position = tables.known.isEmpty ? candidate : nextKnown(from: position, until: candidate)
      if position >= plannedStart, position < limit { replacePlanned() }
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
      if state.mode != modeAtStart { return leaveLine(until: limit) }
    }
    return limit
  }

  /// Goes on behind the line in which a block began; what was planned in the rest of it is replaced.
  private mutating func leaveLine(until limit: Int) -> Int {
    let next = min(lineEnd + 1, limit)
    while plannedStart < next { replacePlanned() }
    return next
  }

  /// The next place at which a trigger may stand.
  private func nextCandidate(from start: Int, until limit: Int) -> Int {
    let last = min(limit, end - 3)
    guard start < last, let base = bytes.baseAddress else { return limit }
    return tables.prefilter.bitmap.withUnsafeBufferPointer { bitmap in
      var position = start
      while position < last {
        let gram = base.loadUnaligned(fromByteOffset: position, as: UInt32.self) | 0x2020_2020
        let hash = Prefilter.hash(UInt32(littleEndian: gram))
        if bitmap[Int(hash >> 6)] >> UInt64(hash & 63) & 1 != 0, isConfirmed(UInt32(littleEndian: gram)) {
          return position
        }
        position += 1
      }
      return limit
    }
  }

  @inline(__always)
  private func isConfirmed(_ gram: UInt32) -> Bool {
    let hash = Prefilter.secondHash(gram)
    return tables.prefilter.confirmation[Int(hash >> 6)] >> UInt64(hash & 63) & 1 != 0
  }

  /// Notes a secret that stands further on, so that what lies between is scanned first.
  mutating func plan(_ range: Range<Int>, rule: Int) {
    guard range.lowerBound >= cursor else { return }
    let index = planned.firstIndex { $0.range.lowerBound > range.lowerBound } ?? planned.endIndex
    planned.insert((range, rule), at: index)
    plannedStart = planned.first?.range.lowerBound ?? .max
  }

  private mutating func replacePlanned() {
    guard !planned.isEmpty else { return }
    let (range, rule) = planned.removeFirst()
    plannedStart = planned.first?.range.lowerBound ?? .max
    let rest = max(cursor, range.lowerBound)..<max(cursor, range.upperBound)
    if !rest.isEmpty { _ = replace(rest, rule: rule) }
  }

  private mutating func dispatch(at position: Int) -> Int? {
    if !tables.known.isEmpty, let next = redactKnown(at: position) { return next }
    guard position + 4 <= end else { return nil }
    let gram = bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self) | 0x2020_2020
    for place in tables.prefilter.triggers(of: UInt32(littleEndian: gram)) {
      let trigger = tables.triggers[Int(tables.prefilter.order[place])]
      guard matches(trigger, at: position) else { continue }
      if let next = perform(trigger, at: position) { return next }
    }
    return nil
  }

  func matches(_ trigger: Trigger, at position: Int) -> Bool {
    let literal = trigger.literal
    guard position + literal.count <= end else { return false }
    for offset in literal.indices {
      let byte = bytes[position + offset]
      guard (trigger.ignoresCase ? byte.lowered : byte) == literal[offset] else { return false }
    }
    return true
  }

  /// What the trigger's context finds there: the place to go on from, or nil for nothing.
  private mutating func perform(_ trigger: Trigger, at position: Int) -> Int? {
    performed += 1
    let next = position + trigger.literal.count
    switch trigger.action {
    case .token(let rule): return redactToken(rule, at: position)
    case .key: return redactKey(at: position)
    case .userKey(let rule, let name): return redactUserKey(rule, name, at: position)
    case .query: return redactQuery(at: position, literalEnd: next)
    case .url: return redactUserinfo(at: position)
    case .armor: return beginArmor(at: position)
    case .putty: return beginPutty(at: position)
    case .secretData: return beginSecretData(at: position, nameEnd: next)
    case .hunk: return beginHunk(at: position)
    case .marker: return markerEnd(at: position)
    case .command(let options): return redactCommand(options, at: position, argumentsAt: next)
    case .bearer: return redactBearer(at: position, credentialAt: next)
    case .dataSource: return redactDataSource(at: position)
    case .sql: return redactIdentifiedBy(valueAt: next)
    case .passwordFile: return redactPasswordFileLine(at: position)
    case .regex(let index): return searchRegex(index, at: position)
    }
  }

  /// The byte at a place, or a newline outside the segment: every parser stops at a newline.
  @inline(__always)
  func byte(_ position: Int) -> UInt8 {
    position >= 0 && position < end ? bytes[position] : 0x0A
  }

  /// Makes the line of `position` the present one.
  private mutating func enterLine(_ position: Int) {
    while position > lineEnd {
      if lineEnd >= 0 { lineStart = lineEnd + 1 }
      totalSteps += steps
      steps = 0
      var next = max(lineStart, lineEnd + 1)
      while next < end && bytes[next] != 0x0A { next += 1 }
      lineEnd = next
    }
  }

  /// Replaces a range by its token, unless a token of ours stands in it: then an earlier pass has decided about it.
  mutating func replace(
    _ range: Range<Int>, rule: Int, counts isCounted: Bool = true, quoteLevel: Int? = nil
  ) -> Int {
    guard range.lowerBound >= cursor, !range.isEmpty, !touchesMarker(range) else {
      return max(cursor, range.lowerBound)
    }
    return substitute(range, rule: rule, counts: isCounted, quoteLevel: quoteLevel)
  }

  /// Replaces a range; an overlong line whose window ends inside the secret loses its rest.
  private mutating func substitute(_ range: Range<Int>, rule: Int, counts isCounted: Bool, quoteLevel: Int?)
    -> Int
  {
    var (range, rule) = (range, rule)
    if let token = token(in: range) {
      rule = token.rule
      range = range.lowerBound..<min(token.end, max(plannedStart, range.upperBound))
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
    if rule != tables.index(.costlyLine) { found?.insert(secret, marker: Array(output[markerStart...])) }
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
  private mutating func appendQuote(_ level: Int?) {
    guard let level else { return }
    output.append(contentsOf: repeatElement(UInt8(ascii: "\\"), count: level))
    output.append(UInt8(ascii: "\""))
  }

  /// Drops a range without a token.
  mutating func drop(_ range: Range<Int>) {
    append(copied..<range.lowerBound)
    (copied, cursor) = (range.upperBound, range.upperBound)
  }

  private mutating func append(_ range: Range<Int>) {
    guard !range.isEmpty else { return }
    output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[range]))
  }

  /// The end of a token of ours at `position`, so that redacting twice changes nothing.
  func markerEnd(at position: Int) -> Int? {
    let head: StaticString = "[REDACTED:"
    guard hasPrefix(head, at: position) else { return nil }
    var index = position + head.utf8CodeUnitCount
    let kindStart = index
    while index - kindStart < 64,
      byte(index).isLower || byte(index).isDigit || byte(index) == UInt8(ascii: "-")
    {
      index += 1
    }
    guard index > kindStart, byte(index) == UInt8(ascii: ":") else { return nil }
    index += 1
    let codeStart = index
    while index - codeStart < 64, byte(index).isLower || byte(index).isDigit { index += 1 }
    guard index - codeStart >= 8, byte(index) == UInt8(ascii: "]") else { return nil }
    return index + 1
  }

  /// Whether a token of ours lies in the range or reaches into it.
  private func touchesMarker(_ range: Range<Int>) -> Bool {
    let longest = 160
    return (max(copied, range.lowerBound - longest)..<min(range.upperBound, range.lowerBound + 65_536))
      .contains {
        guard byte($0) == UInt8(ascii: "["), let stop = markerEnd(at: $0) else { return false }
        return stop > range.lowerBound
      }
  }

  func hasPrefix(_ literal: StaticString, at position: Int) -> Bool {
    guard position >= 0, position + literal.utf8CodeUnitCount <= end else { return false }
    return literal.withUTF8Buffer { literal in
      for offset in literal.indices where bytes[position + offset] != literal[offset] { return false }
      return true
    }
  }
}
