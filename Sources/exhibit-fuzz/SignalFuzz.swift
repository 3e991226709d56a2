internal import Evidence
internal import Signals

/// Makes requests out of saved payloads, pieces of JSON and random bytes, and checks what must hold of every decoder
/// and every signature scheme.
struct SignalFuzz {
  private(set) var cases = 0
  private var random: SplitMix64
  private let corpus: [[UInt8]]
  private let schemes: [SignatureScheme]
  private let secrets = [
    Secret(Array("0123456789abcdef".utf8)), Secret(Array("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".utf8)),
    Secret(Array("whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".utf8)),
  ]

  /// - Parameters:
  ///   - seed: of the generator.
  ///   - corpus: bodies to begin with; without any, only made ones are fed.
  init(seed: UInt64, corpus: [[UInt8]]) {
    random = SplitMix64(state: seed)
    self.corpus = corpus
    schemes =
      SourceTable.all.map(\.scheme) + [
        .basic, .header("x"), .query("x"),
        .hmac(HMACScheme(header: "x", encoding: .base64, time: .init(.header("y"), separator: "."))),
      ]
  }

  /// - Returns: what failed, with the number of the case.
  mutating func run(seconds: Double) -> String? {
    let clock = ContinuousClock()
    let start = clock.now
    while start.duration(to: clock.now) < .seconds(seconds) {
      let body = makeBody()
      let headers = makeHeaders()
      let began = clock.now
      if let failure = decode(body, headers) ?? verify(body, headers) {
        return "signal case \(cases): \(failure)"
      }
      if began.duration(to: clock.now) > .seconds(20) { return "signal case \(cases): took too long" }
      cases += 1
    }
    return nil
  }

  /// Every source, on every body: a vendor's format is often sent to another's address.
  private func decode(_ body: [UInt8], _ headers: [(name: String, value: String)]) -> String? {
    let request = SignedRequest(headers: headers, body: body)
    let message = SignalMessage(body: body, headers: request.headers, receivedAt: Timestamp(seconds: 0))
    for source in SourceTable.all {
      do throws(SignalError) {
        let decoded = try source.decode(message)
        for signal in decoded.signals {
          if let failure = violation(signal) { return "\(source.name): \(failure)" }
        }
        guard decoded.remarks.count <= 8 else { return "\(source.name): too many remarks" }
      } catch {
        // Errors go to senders and logs: a place and a remedy, never a body.
        guard error.description.utf8.count < 100_000 else { return "\(source.name): a long error" }
      }
    }
    return nil
  }

  private func violation(_ signal: Signal) -> String? {
    if signal.title.utf8.count > 512 { return "a long title" }
    if signal.incidentKey.utf8.count > 1024 { return "a long key" }
    if signal.incidentKey.isEmpty != (signal.phase == .ignored) { return "a signal without a key" }
    if signal.labels.count > 65 || signal.links.count > 8 { return "too many labels or links" }
    if signal.labels.keys.contains(where: { $0.hasPrefix("exhibit.") }) { return "a label of ours" }
    if (signal.deliveryID?.utf8.count ?? 0) > 1024 { return "a long delivery id" }
    return nil
  }

  /// No made signature fits: a fit would be one of 2^256.
  private func verify(_ body: [UInt8], _ headers: [(name: String, value: String)]) -> String? {
    let request = SignedRequest(
      headers: headers, query: Dictionary(headers.map { ($0.name, $0.value) }) { first, _ in first },
      body: body)
    for scheme in schemes {
      do throws(SignatureError) {
        _ = try scheme.verify(request, secrets: secrets, now: Timestamp(seconds: 1_800_000_000), window: 300)
        return "\(scheme) let a made request in"
      } catch {
        guard error.description.utf8.count < 1000 else { return "\(scheme): a long error" }
      }
    }
    return nil
  }

  // MARK: Inputs

  private static let pieces: [String] = [
    "{", "}", "[", "]", ":", ",", "\"", "null", "true", "1e400", "-0", "9223372036854775808", "0.1e-999",
    "\\u0000",
    "\\ud800", "\\", "\u{0}", "\u{FEFF}", "é", "\"event\":{", "\"data\":{", "\"id\":\"1\"", "\"id\":null",
    "\"alerts\":[{}]", "\"status\":\"firing\"", "\"groupKey\":\"k\"", "\"version\":\"4\"", "\"incident\":{",
    "\"event_type\":\"incident.triggered\"", "\"action\":\"Create\"", "\"specversion\":\"1.0\"",
    "\"exhibit.rule\":\"x\"",
    "\"startsAt\":\"0001-01-01T00:00:00Z\"", "\"startsAt\":1795492174", "\"labels\":{\"a\":1}", "+0000",
    "T00:00:00+",
  ]

  private mutating func makeBody() -> [UInt8] {
    switch random.next() % 8 {
    case 0: return (0..<below(400)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    case 1:
      let piece = Array(Self.pieces[below(Self.pieces.count)].utf8)
      return (0..<below(2000)).flatMap { _ in piece }
    case 2: return (0..<below(60)).flatMap { _ in Array(Self.pieces[below(Self.pieces.count)].utf8) }
    default: return mutated(corpus.isEmpty ? Array("{\"incident_id\":1}".utf8) : corpus[below(corpus.count)])
    }
  }

  private mutating func mutated(_ original: [UInt8]) -> [UInt8] {
    var body = original
    for _ in 0..<below(6) where !body.isEmpty {
      let index = below(body.count)
      switch random.next() % 6 {
      case 0: body[index] ^= 1 << UInt8(below(8))
      case 1: body.removeLast(body.count - index)
      case 2: body.removeSubrange(index..<min(body.count, index + 1 + below(20)))
      case 3: body.insert(contentsOf: body[index..<min(body.count, index + 60)], at: below(body.count))
      case 4: body.insert(contentsOf: Self.pieces[below(Self.pieces.count)].utf8, at: index)
      default:
        let other = corpus.isEmpty ? body : corpus[below(corpus.count)]
        body.replaceSubrange(index..<body.count, with: other[min(index, other.count)...])
      }
    }
    return body
  }

  private mutating func makeHeaders() -> [(name: String, value: String)] {
    let names = [
      "x", "y", "authorization", "webhook-id", "webhook-timestamp", "webhook-signature", "content-type",
      "ce-id",
      "ce-type", "ce-source", "sentry-hook-resource", "x-pagerduty-signature", "x-rootly-signature",
      "fh-signature",
      "x-hub-signature", "sentry-hook-signature", "x-grafana-alerting-signature", "token",
    ]
    let values = [
      "", "Bearer x", "Basic Og==", "v1=", "v1=00,v1=11", "t=1800000000,v1=00", "t=-1", "sha256=zz",
      "1800000000",
      "99999999999999999999", "v1,AAAA v1a,AAAA", "application/cloudevents-batch+json", "%ff", "\"a\\\"b\"",
      "%", "msg_1",
      "dev.cdevents.incident.detected.0.3.0", String(repeating: "v1=00,", count: 3000),
    ]
    return (0..<below(8)).map { _ in (names[below(names.count)], values[below(values.count)]) }
  }

  private mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(max(1, limit))) }
}
