package import Evidence
package import Signals

extension AgentConfiguration {
  /// Incident signals: who sends them, how they prove it, and what comes of them.
  package struct SignalSettings: Equatable, Sendable {
    /// Most of `sources`, of `rules`, and of the secrets of one source.
    static let limits = (sources: 64, rules: 256, secrets: 8)

    /// Bytes of a request body.
    package var maxBody = 1 << 20
    /// How far a signed time may be from this host's clock, either way.
    package var replayWindow = Duration.minutes(5)
    /// Sources with secrets, settings or names of their own; names are unique.
    package var sources: [SignalSourceEntry] = []
    /// The first that matches decides; where none does, the host captures with its defaults.
    package var rules: [SignalRule] = []
    /// For signals without a vendor's format.
    package var generic = GenericPointers()

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.size("max_body", into: &maxBody, in: .kibibytes(1) ... .mebibytes(64))
      section.duration("replay_window", into: &replayWindow, in: .seconds(10) ... .hours(1))
      section.section("generic") { generic.read($0) }
      let defaults = generic
      sources = unique(section, "sources", limit: Self.limits.sources) { SignalSourceEntry($0, defaults) }
      rules = unique(section, "rules", limit: Self.limits.rules) { SignalRule($0) }
    }
  }

  /// One source of signals: the last part of its URL, whose format it has, and by which secrets it is known.
  package struct SignalSourceEntry: Equatable, Sendable, NamedEntry {
    /// Unique, `[A-Za-z0-9._-]`, at most 64 bytes; part of the URL.
    package var name: String
    /// A name of `SourceTable`.
    package var type: String
    /// Files, absolute or relative to `$CREDENTIALS_DIRECTORY`. Without any the agent's tokens are asked for.
    package var secrets: [String] = []
    /// `nil` is the vendor's.
    package var scheme: SignatureScheme?
    /// For the type `generic`.
    package var fields: GenericPointers

    /// `nil` where something needed was missing or wrong: the problem is reported.
    init?(_ section: Section, _ defaults: GenericPointers) {
      var fields = defaults
      var typed: String?
      section.value("type", into: &typed) { text throws(Complaint) in try checkSourceType(text) }
      let named = section.required("name") { text throws(Complaint) in
        let name = try TokenEntry.checkName(text)
        return section.has("type") ? name : try checkSourceType(name)
      }
      secrets = section.list("secrets", of: "files", TokenEntry.checkFile) ?? []
      if secrets.count > SignalSettings.limits.secrets {
        section.report(
          "secrets", "more than \(SignalSettings.limits.secrets) secrets; remove those out of use")
      }
      var signature = SignatureSettings()
      section.section("signature") { signature.read($0) }
      section.section("fields") { fields.read($0) }
      guard let name = named, let type = typed ?? named,
        let row = SourceTable[type]
      else { return nil }
      self.name = name
      self.type = type
      self.fields = fields
      do throws(Complaint) {
        scheme = try signature.scheme(over: row.scheme)
      } catch {
        section.report("signature", error.message)
      }
    }
  }

  /// What a signal has to be for a capture of its own kind.
  package struct SignalRule: Equatable, Sendable, NamedEntry {
    /// Unique, `[A-Za-z0-9._-]`, at most 64 bytes; incidents have it as a label.
    package var name: String
    /// All of them have to hold; none always do.
    package var match: [SignalMatcher] = []
    /// Whether this host captures at all.
    package var captures = true
    package var kind = IncidentKind.incident
    /// `nil` is `capture.window`.
    package var window: Duration?
    /// `nil` is all that are switched on.
    package var collectors: [CollectorName]?
    /// `nil` is `journal.units`.
    package var units: [String]?
    /// Folders and files of the config history that are of interest; `nil` is all.
    package var paths: [String]?

    /// A rule that matches everything and changes nothing.
    package init(name: String) {
      self.name = name
    }

    /// `nil` where something needed was missing or wrong: the problem is reported.
    init?(_ section: Section) {
      guard let name = section.required("name", TokenEntry.checkName) else { return nil }
      self.name = name
      match =
        section.list("match", of: "conditions") { text throws(Complaint) in
          do { return try SignalMatcher(text) } catch { throw Complaint("\(error)") }
        } ?? []
      section.bool("capture", into: &captures)
      section.choice("kind", into: &kind)
      var window = Duration.minutes(60)
      section.duration("window", into: &window, in: .seconds(1) ... .days(7))
      if section.has("window") { self.window = window }
      collectors = section.list("collectors", of: "collectors", allowEmpty: false, oneOf(CollectorName.self))
      units = section.list("units", of: "unit names", allowEmpty: false, checkUnitName)
      paths = section.list("paths", of: "paths", allowEmpty: false, checkAbsolutePath)
    }
  }

  /// The collectors, as `Collector.name` and evidence.json call them.
  package enum CollectorName: String, CaseIterable, Sendable {
    case journal, config, deploys, observed, packages
  }
}

extension GenericPointers {
  fileprivate mutating func read(_ section: Section) {
    section.value("incident", into: &incident, checkJSONPointer)
    section.value("title", into: &title, checkJSONPointer)
    section.value("status", into: &status, checkJSONPointer)
    section.value("severity", into: &severity, checkJSONPointer)
    section.value("service", into: &service, checkJSONPointer)
    section.value("started", into: &started, checkJSONPointer)
    section.value("labels", into: &labels, checkJSONPointer)
  }
}

/// How a source is authenticated, where it is not as its vendor does it.
private struct SignatureSettings {
  enum Scheme: String, CaseIterable {
    case hmac, bearer, basic, header, query
    case standardWebhooks = "standard-webhooks"
  }

  private var scheme: Scheme?
  private var header: String?
  private var encoding: HMACScheme.Encoding?
  private var prefix: String?
  private var timestampHeader: String?
  private var timestampElement: String?
  private var separator: String?

  mutating func read(_ section: Section) {
    section.value("scheme", into: &scheme, oneOf(Scheme.self))
    section.value("header", into: &header, checkFieldName)
    section.value("encoding", into: &encoding, oneOf(HMACScheme.Encoding.self))
    section.value("prefix", into: &prefix) { $0 }
    section.value("timestamp_header", into: &timestampHeader, checkFieldName)
    section.value("timestamp_element", into: &timestampElement, checkFieldName)
    section.value("separator", into: &separator) { $0 }
  }

  /// `nil` where nothing was changed.
  func scheme(over base: SignatureScheme) throws(Complaint) -> SignatureScheme? {
    switch scheme {
    case .bearer: return .bearer
    case .basic: return .basic
    case .standardWebhooks: return .standardWebhooks
    case .header: return .header(try required(header))
    case .query: return .query(header ?? "token")
    case .hmac: return .hmac(try hmac(over: base))
    case nil:
      guard
        header != nil || encoding != nil || prefix != nil || timestampHeader != nil || timestampElement != nil
      else { return nil }
      return .hmac(try hmac(over: base))
    }
  }

  private func hmac(over base: SignatureScheme) throws(Complaint) -> HMACScheme {
    var hmac: HMACScheme
    if case .hmac(let scheme) = base {
      hmac = scheme
    } else {
      hmac = HMACScheme(header: try required(header))
    }
    hmac.header = header ?? hmac.header
    hmac.encoding = encoding ?? hmac.encoding
    hmac.prefix = prefix ?? hmac.prefix
    if let timestampHeader {
      hmac.time = .init(.header(timestampHeader), separator: separator ?? ":")
    } else if let timestampElement {
      hmac.time = .init(.element(timestampElement), separator: separator ?? ".")
    }
    return hmac
  }

  private func required(_ header: String?) throws(Complaint) -> String {
    guard let header else {
      throw Complaint("this scheme needs \"header\"; name the header of the signature")
    }
    return header
  }
}

/// An element of a list of which no two may have one name.
private protocol NamedEntry {
  var name: String { get }
}

private func unique<Entry: NamedEntry>(
  _ section: Section, _ key: String, limit: Int, _ make: (Section) -> Entry?
) -> [Entry] {
  var names: Set<String> = []
  let entries = section.sections(key, of: key) { element -> Entry? in
    guard let entry = make(element) else { return nil }
    if !names.insert(entry.name).inserted {
      element.report("name", "\(quoted(entry.name)) is the name of another; give each its own name")
    }
    return entry
  }
  if let entries, entries.count > limit { section.report(key, "more than \(limit); remove those out of use") }
  return entries ?? []
}

private func checkSourceType(_ text: String) throws(Complaint) -> String {
  let names = SourceTable.all.map(\.name)
  if names.contains(text) { return text }
  let near = nearest(to: text, in: names).map { "did you mean \"\($0)\"?" }
  throw Complaint(
    "\(quoted(text)) is no type of source; \(near ?? "write \"type:\" with one of \(names.sorted().joined(separator: ", "))")"
  )
}

/// A header's name (RFC 9110, section 5.1), which an element of a signature has the characters of, too.
private func checkFieldName(_ text: String) throws(Complaint) -> String {
  let allowed = text.utf8.allSatisfy {
    (0x21...0x7E).contains($0) && !"()<>@,;:\\\"/[]?={}".utf8.contains($0)
  }
  guard allowed, (1...128).contains(text.utf8.count) else {
    throw Complaint("\(quoted(text)) is no name of a header; write letters, digits and hyphens")
  }
  return text
}
