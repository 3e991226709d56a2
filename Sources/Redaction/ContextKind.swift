/// The kinds of secrets that only their surroundings give away.
enum ContextKind: String, CaseIterable, Sendable {
  case password
  case secret
  case token
  case apiKey = "api-key"
  case accessKey = "access-key"
  case awsSecretKey = "aws-secret-access-key"
  case encryptionKey = "encryption-key"
  case privateKey = "private-key"
  case preSharedKey = "pre-shared-key"
  case credential
  case session = "session-id"
  case cookie
  case authorization = "authorization-header"
  case urlUserinfo = "url-userinfo"
  case urlQuery = "url-query-secret"
  case connectionString = "connection-string"
  case commandLine = "command-line-password"
  case costlyLine = "costly-line"
  case secretData = "kubernetes-secret"
  case snmp = "snmp-secret"
  case datadog = "datadog-key"
  case consul = "consul-token"
  case heroku = "heroku-key"
  case bootstrapToken = "bootstrap-token"
  case knownSecret = "known-secret"
  case email
  case ipAddress = "ip-address"
  case macAddress = "mac-address"
  case person
  case hostName = "host-name"
  case card = "payment-card"
  case iban

  var summary: String {
    switch self {
    case .password: "value of a password key, in any syntax"
    case .secret: "value of a key named secret"
    case .token: "value of a key named token"
    case .apiKey: "value of a key named API key"
    case .accessKey: "value of a key named access, account or shared key"
    case .awsSecretKey: "AWS secret access key"
    case .encryptionKey: "value of a key named encryption, signing or master key"
    case .privateKey: "private key: PEM, OpenSSH, PGP, PuTTY, WireGuard"
    case .preSharedKey: "pre-shared key of WPA or WireGuard"
    case .credential: "value of a key named auth or credential"
    case .session: "session id"
    case .cookie: "value of a cookie"
    case .authorization: "credential of an authorization header"
    case .urlUserinfo: "password or token before a URL's host"
    case .urlQuery: "signature, code or key in a URL's query"
    case .connectionString: "key of a connection string"
    case .commandLine: "password in a program's options"
    case .secretData: "value of a Kubernetes Secret"
    case .snmp: "SNMP community or key"
    case .datadog: "Datadog API or application key"
    case .consul: "Consul or Nomad token"
    case .heroku: "Heroku API key"
    case .bootstrapToken: "Kubernetes bootstrap token"
    case .knownSecret: "text of redaction.known_secrets"
    case .email: "e-mail address (off unless a policy says otherwise)"
    case .ipAddress: "IP address (off unless a policy says otherwise)"
    case .macAddress: "hardware address (off unless a policy says otherwise)"
    case .person: "name of a person (off unless a policy says otherwise)"
    case .hostName: "name of a host (off unless a policy says otherwise)"
    case .card: "number of a payment card (off unless a policy says otherwise)"
    case .iban: "bank account number (off unless a policy says otherwise)"
    case .costlyLine: "rest of a line that is too long or too tangled to parse within bounds"
    }
  }

  /// How the rule knows its secret.
  var form: String {
    switch self {
    case .cookie: "Form: every value of a Cookie header, the first of a Set-Cookie header."
    case .authorization: "Form: what follows Authorization or Proxy-Authorization; the scheme stays."
    case .urlUserinfo: "Form: what stands before the last @ of a URL's authority; the user stays."
    case .urlQuery: "Form: sig, signature, code or key in a URL's query, if the value looks random."
    case .connectionString: "Form: user:password@tcp(host), as Go's MySQL driver writes it."
    case .commandLine:
      "Form: an option of mysql, curl, sshpass, docker login, vault login, redis-cli, ldapsearch and others, "
        + "or what echo writes into a pipe to chpasswd, sudo -S or --password-stdin."
    case .costlyLine:
      "Form: the rest of a line whose parsing passed its bound; redacting it is the safe side."
    case .secretData: "Form: values under data: or stringData:, in base64 that decodes to text or is random."
    case .privateKey: "Form: from BEGIN to END, in any wrapping; without an END 64 KiB of lines."
    case .knownSecret: "Form: exactly that text, percent-encoded, escaped for JSON, or in base64."
    case .awsSecretKey: "Form: the value of such a key, and forty digits of base 64 near an access key id."
    case .email, .ipAddress, .macAddress, .person, .hostName, .card, .iban:
      "An identity and no secret: it stays unless a policy asks for a pseudonym or its removal."
    default:
      "Form: the value of a key with such a name, in JSON, YAML, TOML, INI, shell, XML, HCL, logfmt, "
        + "headers, queries, options and connection strings; placeholders and references stay."
    }
  }

  /// The case's place among all cases, which is its only byte: a case has no payload. (A look-up by its name would be a
  /// tenth of a scan's time.)
  @inline(__always)
  var order: Int { Int(unsafeBitCast(self, to: UInt8.self)) }
}

extension Trigger {
  private static func of(_ literals: [String], ignoresCase: Bool = true, _ action: Action) -> [Trigger] {
    literals.map { literal in
      let bytes = Array(literal.utf8)
      return Trigger(
        literal: ignoresCase ? bytes.map(\.lowered) : bytes, ignoresCase: ignoresCase, action: action)
    }
  }

  /// The literals at which a context may begin.
  static let contexts: [Trigger] =
    of(["[REDACTED:"], ignoresCase: false, .marker)
    + of(
      [
        "pass", "pwd", "secr", "token", "cred", "apikey", "key", "auth", "cookie", "sessionid", "session_id",
        "session-id", "sessid", "psk", "pw=", "pw:", "pw\"", "pw'", "bindpw", "rootpw", "masterauth",
        "community", "ext_pat", "_pat=",
        "_pat:", "_pat\"", "_pat'", "_pat\\", "_pat>", "_pat ", "bw_session", "op_session", "device_code",
        "recovery_code", "code_verifier", "encrypt\"", "encrypt =", "encrypt=",
        // Portuguese, Spanish, Dutch, German, Finnish, Czech, Polish, Turkish, Danish, Hungarian.
        "senha", "contrasena", "wachtwoord", "kennwort", "salasana", "heslo", "haslo", "sifre", "adgangskode",
        "jelszo",
      ], .key)
    + of(
      [
        "contraseña", "mot de passe", "пароль", "Пароль", "ПАРОЛЬ", "密码", "密碼", "パスワード", "비밀번호", "hasło",
        "lösenord", "şifre", "jelszó", "parolă",
      ], .foreignKey)
    + of(["?sig=", "&sig=", "?code=", "&code=", "?key=", "&key=", "signature=", "samlresponse="], .query)
    + of(["://"], ignoresCase: false, .url)
    + of(
      [1, 3, 7, 15].map { ":" + String(repeating: String(repeating: "\\", count: $0) + "/", count: 2) },
      ignoresCase: false, .url)
    + of(["BEGIN ", "BEGIN+", "BEGIN%20"], ignoresCase: false, .armor)
    + of(["Private-Lines:"], ignoresCase: false, .putty)
    + of(["data:", "data\"", "data\\", "stringData"], ignoresCase: false, .secretData)
    + of(["@@ -"], ignoresCase: false, .hunk)
    + of(["bearer ", "auth plain "], .bearer)
    + of(["@tcp(", "@unix("], ignoresCase: false, .dataSource)
    + of(["oracle:thin:", "sqlplus ", "sqlplus -s ", "sqlplus -S ", "sqlplus -L "], .oracle)
    + of(["identified by "], .sql)
    + of(["identified with "], .sqlPlugin) + of(["insert into "], .insertion)
    + of([" on >", " on #"], ignoresCase: false, .accessList)
    + of(
      [
        "radius-server ", "tacacs-server ", "key-string ", "crypto isakmp key ", "snmp-server user ",
        "snmp-server host ", "ip ospf ",
      ], ignoresCase: false, .routerLine)
    + of(["com2sec", "createUser ", "trap2sink ", "trapsink "], ignoresCase: false, .daemonLine)
    + of(["stats auth ", "basic.auth.user.info="], ignoresCase: false, .loginPair)
    + of(["Login incorrect", "Login OK: ["], ignoresCase: false, .radiusLogin)
    + of([" ENC "], ignoresCase: false, .encrypted)
    + of(["chpasswd"], ignoresCase: false, .piped(isPair: true))
    + of(["--password-stdin", "sudo -S"], ignoresCase: false, .piped(isPair: false))
    + of([":5432:", ":5433:", ":6432:", ":*:"], ignoresCase: false, .passwordFile)
    + PasswordOptions.all.enumerated().map { index, options in
      Trigger(literal: Array(options.program.utf8), ignoresCase: false, action: .command(index))
    }
}
