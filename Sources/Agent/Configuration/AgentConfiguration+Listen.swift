extension AgentConfiguration {
  /// Where the agent listens.
  package struct Listen: Equatable, Sendable {
    /// `nil` is `off`.
    package var http: HTTPAddress? = HTTPAddress(host: "127.0.0.1", port: 9464)
    /// Whether `http` may be another address than a loopback one without TLS.
    package var insecure = false
    /// `nil` speaks no TLS.
    package var tls: TLSSettings?
    /// What the holders of client certificates may do, by the names in their certificates.
    package var certificates: [CertificateEntry] = []
    /// Absolute path of the unix socket of the command line; at most 107 bytes, see unix(7).
    package var socket = "/run/exhibit/exhibit.sock"
    /// What users of this host may do; without an entry, whoever may open the socket may do everything.
    package var socketUsers: [SocketEntry] = []
    /// Connections of one door.
    package var maxConnections = 1024
    /// Of these, connections of one address.
    package var maxConnectionsPerAddress = 512
    /// Requests a second of one address.
    package var maxRequests = 5000
    /// Refused requests a minute of one address that are answered and recorded one by one.
    package var maxFailures = 60
    /// From the connection to the end of the first request's headers.
    package var headerTimeout = Duration.seconds(10)
    /// From the headers to the end of a body.
    package var bodyTimeout = Duration.seconds(30)
    /// That a client takes nothing of an answer.
    package var writeTimeout = Duration.seconds(60)
    /// Between two requests.
    package var idleTimeout = Duration.seconds(60)

    /// The defaults.
    package init() {}

    mutating func read(_ section: Section) {
      section.value("http", into: &http, HTTPAddress.parse)
      section.bool("insecure", into: &insecure)
      section.section("tls") { tls = TLSSettings($0) }
      var names: Set<String> = []
      certificates =
        section.sections("certificates", of: "certificates") { CertificateEntry($0, names: &names) }
        ?? certificates
      section.absolutePath("socket", into: &socket, limit: 107)
      socketUsers = section.sections("socket_users", of: "users") { SocketEntry($0) } ?? socketUsers
      section.integer("max_connections", into: &maxConnections, in: 16...6000)
      section.integer("max_connections_per_address", into: &maxConnectionsPerAddress, in: 8...6000)
      section.integer("max_requests", into: &maxRequests, in: 1...1_000_000)
      section.integer("max_failures", into: &maxFailures, in: 1...100_000)
      section.duration("header_timeout", into: &headerTimeout, in: .seconds(1) ... .minutes(5))
      section.duration("body_timeout", into: &bodyTimeout, in: .seconds(1) ... .hours(1))
      section.duration("write_timeout", into: &writeTimeout, in: .seconds(1) ... .hours(1))
      section.duration("idle_timeout", into: &idleTimeout, in: .seconds(1) ... .hours(1))
      check(section)
    }

    private func check(_ section: Section) {
      if let http, !http.isLoopback, tls == nil, !insecure {
        section.report(
          "http",
          "\"\(http)\" is not a loopback address, and there is no TLS; set listen.tls.certificate and "
            + "listen.tls.key, write \"127.0.0.1:\(http.port)\" behind a reverse proxy, or \"insecure: true\""
        )
      }
      if !certificates.isEmpty, tls?.clientCA.isEmpty ?? true {
        section.report(
          "certificates",
          "there is no listen.tls.client_ca by which to check them; name the file of their authority")
      }
    }

    /// Whether another than these needs a restart to take effect.
    package func needsRestart(to new: Listen) -> Bool {
      var (old, new) = (self, new)
      (old.certificates, new.certificates) = ([], [])
      (old.socketUsers, new.socketUsers) = ([], [])
      (old.maxRequests, new.maxRequests) = (0, 0)
      (old.maxFailures, new.maxFailures) = (0, 0)
      if old.tls != nil, new.tls != nil { (old.tls, new.tls) = (nil, nil) }
      return old != new
    }
  }

  /// The agent's certificate, and whose certificates it takes.
  package struct TLSSettings: Equatable, Sendable {
    /// Whether clients have to have a certificate.
    package enum ClientCertificates: String, CaseIterable, Sendable {
      /// They may have a token instead.
      case optional
      /// No connection without.
      case required
    }

    /// PEM, the agent's own first: absolute, or the name of a credential.
    package var certificate = ""
    /// PEM: absolute, or the name of a credential.
    package var key = ""
    /// PEM of the authorities of client certificates; empty asks for none.
    package var clientCA = ""
    package var clientCertificates = ClientCertificates.optional

    /// Settings of these files.
    package init(certificate: String, key: String, clientCA: String = "") {
      self.certificate = certificate
      self.key = key
      self.clientCA = clientCA
    }

    /// `nil` where none of the files is named.
    init?(_ section: Section) {
      section.value("certificate", into: &certificate, TLSSettings.checkFile)
      section.value("key", into: &key, TLSSettings.checkFile)
      section.value("client_ca", into: &clientCA, TLSSettings.checkFile)
      section.choice("client_certificates", into: &clientCertificates)
      if certificate.isEmpty, key.isEmpty, clientCA.isEmpty { return nil }
      for (name, value) in [("certificate", certificate), ("key", key)] where value.isEmpty {
        section.reportMissing(name)
      }
      if clientCertificates == .required, clientCA.isEmpty { section.reportMissing("client_ca") }
    }

    private static func checkFile(_ text: String) throws(Complaint) -> String {
      try checkComponents(text)
      return text
    }
  }

  /// What the holder of a client certificate may do.
  package struct CertificateEntry: Equatable, Sendable {
    /// A common name, or a DNS name, mail address or URI of the alternative names.
    package var name: String
    package var roles: Set<TokenRole>

    /// An entry whose parts are right.
    package init(name: String, roles: Set<TokenRole>) {
      self.name = name
      self.roles = roles
    }

    init?(_ section: Section, names: inout Set<String>) {
      if !section.has("roles") { section.reportMissing("roles") }
      let name = section.required("name", CertificateEntry.checkName)
      let roles = section.list("roles", of: "roles", allowEmpty: false, oneOf(TokenRole.self))
      guard let name, let roles else { return nil }
      if !names.insert(name).inserted {
        section.report("name", "\(quoted(name)) stands in another entry; write all its roles in one")
      }
      self.init(name: name, roles: Set(roles))
    }

    private static func checkName(_ text: String) throws(Complaint) -> String {
      guard (1...256).contains(text.utf8.count), printable(text) == text || text.utf8.count > 80 else {
        throw Complaint("\(quoted(text)) is no name of a certificate; write it as the certificate has it")
      }
      return text
    }
  }

  /// What a user of this host may do at the socket, or the members of a group.
  package struct SocketEntry: Equatable, Sendable {
    /// A login name; `nil` where it is a group.
    package var user: String?
    package var group: String?
    package var roles: Set<TokenRole>

    /// An entry whose parts are right.
    package init(user: String? = nil, group: String? = nil, roles: Set<TokenRole>) {
      self.user = user
      self.group = group
      self.roles = roles
    }

    init?(_ section: Section) {
      if !section.has("roles") { section.reportMissing("roles") }
      var user = ""
      var group = ""
      section.value("user", into: &user, notEmpty)
      section.value("group", into: &group, notEmpty)
      let roles = section.list("roles", of: "roles", allowEmpty: false, oneOf(TokenRole.self))
      guard user.isEmpty != group.isEmpty else {
        section.report(
          user.isEmpty ? "user" : "group", "an entry has either a user or a group; write one of them")
        return nil
      }
      guard let roles else { return nil }
      self.init(user: user.isEmpty ? nil : user, group: group.isEmpty ? nil : group, roles: Set(roles))
    }
  }
}
