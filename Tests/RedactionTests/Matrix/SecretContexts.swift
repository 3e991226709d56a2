import Foundation
import Testing

/// A place that a secret may stand in. A `¤` is where it stands, a `§` is the name of its key.
struct SecretContext: Sendable, CustomTestStringConvertible {
  enum Encoding: Sendable {
    case none
    /// As in a URL (RFC 3986).
    case percent
    /// As in a JSON string inside so many JSON strings.
    case json(Int)
    case base64
    /// As base64 of `user:secret`.
    case basic
  }

  let name: String
  let template: String
  var encoding = Encoding.none
  /// Whether a secret with white space or quotes cannot stand there.
  var isBare = true

  var testDescription: String { name }

  init(_ name: String, _ template: String, _ encoding: Encoding = .none) {
    self.name = name
    self.template = template
    self.encoding = encoding
  }

  /// The text, and the secret as it stands in it.
  func render(_ secret: String, key: String) -> (text: String, secret: String) {
    let encoded =
      switch encoding {
      case .none, .json: secret
      case .percent: secret.percentEncoded
      case .base64: Data(secret.utf8).base64EncodedString()
      case .basic: Data("user:\(secret)".utf8).base64EncodedString()
      }
    var text = template.replacing("§", with: key).replacing("¤", with: encoded)
    if case .json(let levels) = encoding {
      for _ in 0..<levels { text = "{\"level\":\"info\",\"message\":\(text.jsonQuoted)}" }
    }
    return (text, encoded)
  }

  /// Syntaxes of a pair of key and value.
  static let pairs: [SecretContext] = [
    SecretContext("JSON", "{\"a\":1,\"§\":\"¤\",\"b\":[true]}"),
    SecretContext("JSON, spaced", "{\n  \"user\": \"bob\",\n  \"§\": \"¤\",\n  \"n\": 3\n}"),
    SecretContext("JSON, nested object", "{\"a\":{\"b\":{\"§\":\"¤\"}}}"),
    SecretContext("JSON in JSON", "{\"§\":\"¤\",\"b\":2}", .json(1)),
    SecretContext("JSON in JSON in JSON", "{\"§\":\"¤\",\"b\":2}", .json(2)),
    SecretContext("JSON, three levels", "{\"§\":\"¤\",\"b\":2}", .json(3)),
    SecretContext("logfmt in JSON", "level=info §=\"¤\" user=bob", .json(1)),
    SecretContext("env in JSON list", "{\"Env\":[\"PATH=/usr/bin\",\"§=¤\",\"HOME=/root\"]}"),
    SecretContext("YAML", "db:\n  user: bob\n  §: ¤\n  port: 5432\n"),
    SecretContext("YAML, quoted", "db:\n  §: \"¤\"\n  port: 5432\n"),
    SecretContext("YAML, single quotes", "  §: '¤' # rotate\n"),
    SecretContext("YAML block", "§: |\n  ¤\nnext: ok\n"),
    SecretContext("YAML folded block", "a:\n  §: >-\n    ¤\n  b: 1\n"),
    SecretContext("YAML flow", "env: {A: 1, §: ¤, B: 2}"),
    SecretContext("name and value, YAML", "- name: §\n  value: ¤\n- name: B\n  value: x\n"),
    SecretContext("name and value, quoted", "        - name: \"§\"\n          value: \"¤\"\n"),
    SecretContext("name and value, JSON", "{\"name\":\"§\",\"value\":\"¤\"}"),
    SecretContext("name and value, JSON lines", "{\n  \"name\": \"§\",\n  \"value\": \"¤\"\n}"),
    SecretContext("TOML", "[db]\n§ = \"¤\"\nport = 1\n"), SecretContext("TOML literal", "§ = '¤'\n"),
    SecretContext("INI", "[db]\n§ = ¤\nport = 1\n"), SecretContext("INI, tight", "[db]\n§=¤\n"),
    SecretContext("env file", "A=1\n§=¤\nB=2\n"), SecretContext("shell export", "export §=\"¤\"\n"),
    SecretContext("shell, single quotes", "§='¤' ./run --fast"),
    SecretContext("shell, inline", "§=¤ ./run --fast"), SecretContext("Dockerfile", "ENV §=¤\n"),
    SecretContext("XML element", "<c><§>¤</§></c>"),
    SecretContext("XML attribute", "<db §=\"¤\" user=\"x\"/>"),
    SecretContext("XML add", "<add key=\"§\" value=\"¤\"/>"),
    SecretContext("plist", "<key>§</key>\n<string>¤</string>"),
    SecretContext("Android resource", "<string name=\"§\">¤</string>"),
    SecretContext("HCL", "variable \"x\" {\n  §   = \"¤\"\n}"),
    SecretContext("Python dict", "{'§': '¤', 'u': 1}"),
    SecretContext("Ruby hash", "{:§ => \"¤\", :u => 1}"), SecretContext("Ruby symbol", "{ §: \"¤\", u: 1 }"),
    SecretContext("PHP array", "'§' => '¤',"), SecretContext("JavaScript", "const c = { §: '¤', n: 1 };"),
    SecretContext("Java toString", "Config{name=bob, §=¤, n=3}"),
    SecretContext("Go struct", "{User:bob §:¤}"),
    SecretContext("logfmt", "ts=2026-11-23T00:00:00Z level=info §=¤ user=bob"),
    SecretContext("logfmt, quoted", "ts=2026-11-23T00:00:00Z level=info §=\"¤\" user=bob"),
    SecretContext("log line, colon", "2026-11-23 00:00:00 INFO connecting with §: ¤ to db"),
    SecretContext("HTTP header", "§: ¤\r\n"),
    SecretContext("curl header", "curl -H \"§: ¤\" https://x.example"),
    SecretContext("URL query", "GET /x?a=1&§=¤&b=2 HTTP/1.1", .percent),
    SecretContext("URL query, first", "https://x.example/y?§=¤#top", .percent),
    SecretContext("form body", "a=1&§=¤&b=2", .percent),
    SecretContext("percent-encoded pair", "next=%2Fx%3F§%3D¤%26b%3D2", .percent),
    SecretContext("libpq", "host=db user=bob §=¤ dbname=x"),
    SecretContext("connection string", "Server=x;User Id=sa;§=¤;Encrypt=yes"),
    SecretContext("JDBC", "jdbc:postgresql://h/db?user=sa&§=¤&ssl=true", .percent),
    SecretContext("option", "app --§ ¤ --user bob"), SecretContext("option, =", "app --§=¤ --user bob"),
    SecretContext("option, quoted", "app --§ '¤' --user bob"),
    SecretContext("argv", "[\"app\",\"--§\",\"¤\",\"--user\"]"),
    SecretContext("argv of ps", "root 12 0.0 0.1 app --§=¤ --user bob"),
    SecretContext("journal's _CMDLINE", "_CMDLINE=app --§=¤ --user bob"),
    SecretContext(
      "sudo's COMMAND", "sudo[1]: bob : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/app --§ ¤"),
    SecretContext("docker -e", "docker run -e §=¤ image"),
    SecretContext("docker --env", "docker run --env §=¤ i"),
    SecretContext("Java property", "java -D§=¤ -jar x.jar"),
    SecretContext("from literal", "kubectl create secret generic x --from-literal=§=¤"),
    SecretContext("Helm", "helm upgrade x y --set db.§=¤ --wait"),
    SecretContext("systemd Environment", "Environment=\"§=¤\" \"OTHER=2\""),
    SecretContext("diff, added", "@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+§: ¤\n"),
    SecretContext("diff, removed", "@@ -1,2 +1,2 @@\n a=1\n-§=¤\n+b=2\n"),
    SecretContext("diff, JSON", "@@ -1,2 +1,2 @@\n {\n+  \"§\": \"¤\",\n"),
    SecretContext("Go map", "map[a:1 §:¤ b:2]"), SecretContext("C#", "var §=\"¤\";"),
    SecretContext("assignment", "config['§'] = '¤'"), SecretContext("SQL SET", "SET §='¤';"),
    SecretContext("properties", "app.§=¤\n"), SecretContext("properties, spaced", "app.§ : ¤\n"),
  ]

  /// Places that are secret by themselves.
  static let places: [SecretContext] = [
    SecretContext("Bearer", "Authorization: Bearer ¤"),
    SecretContext("Token scheme", "Authorization: Token ¤"),
    SecretContext("ApiKey scheme", "authorization: ApiKey ¤"),
    SecretContext("Splunk scheme", "Authorization: Splunk ¤"),
    SecretContext("Basic", "Authorization: Basic ¤", .basic),
    SecretContext("Basic, proxy", "> Proxy-Authorization: Basic ¤", .basic),
    SecretContext("Bearer in curl", "curl -sS -H 'Authorization: Bearer ¤' https://x.example"),
    SecretContext("Bearer in JSON", "{\"headers\":{\"Authorization\":\"Bearer ¤\"}}"),
    SecretContext("Bearer in JSON list", "{\"authorization\":[\"Bearer ¤\"]}"),
    SecretContext("Bearer in a JSON log", "Authorization: Bearer ¤", .json(1)),
    SecretContext("X-Auth-Token", "X-Auth-Token: ¤\r\n"), SecretContext("X-Vault-Token", "X-Vault-Token: ¤"),
    SecretContext("X-Consul-Token", "X-Consul-Token: ¤"), SecretContext("Private-Token", "PRIVATE-TOKEN: ¤"),
    SecretContext("Cookie", "Cookie: theme=dark; sid=¤", .percent),
    SecretContext("Set-Cookie", "Set-Cookie: sid=¤; Path=/; HttpOnly", .percent),
    SecretContext("URL password", "postgres://bob:¤@db.example:5432/x?ssl=1", .percent),
    SecretContext("URL token", "git clone https://¤@git.example/x.git", .percent),
    SecretContext("URL password in JSON", "{\"url\":\"redis:\\/\\/:¤@r.example\\/0\"}", .percent),
    SecretContext("AMQP URL in YAML", "broker: amqp://bob:¤@mq:5672/\n", .percent),
    SecretContext("git-credentials", "https://bob:¤@git.example\n", .percent),
    SecretContext("netrc", "machine x.example login bob password ¤"),
    SecretContext("netrc, lines", "machine x.example\n  login bob\n  password ¤\n"),
    SecretContext("npmrc", "//registry.example/:_authToken=¤\n"),
    SecretContext("npmrc, basic", "//registry.example/:_auth=¤\n", .basic),
    SecretContext("pgpass", "db.example:5432:app:bob:¤\n"),
    SecretContext("docker auth", "{\"auths\":{\"r.example\":{\"auth\":\"¤\"}}}", .basic),
    SecretContext(
      "docker auth, lines", "{\n\t\"auths\": {\n\t\t\"r\": {\n\t\t\t\"auth\": \"¤\"\n\t\t}\n\t}\n}", .basic),
    SecretContext("kubeconfig", "users:\n- name: x\n  user:\n    token: ¤\n"),
    SecretContext("pypirc", "[pypi]\nusername = __token__\npassword = ¤\n"),
    SecretContext("my.cnf", "[client]\nuser=root\npassword=\"¤\"\n"),
    SecretContext("mysql -p", "mysql -u root -p¤ app"),
    SecretContext("curl -u", "curl -u bob:¤ https://x.example"),
    SecretContext("curl --user", "curl --user 'bob:¤' https://x.example"),
    SecretContext("sshpass", "sshpass -p ¤ ssh x"), SecretContext("PGPASSWORD", "PGPASSWORD=¤ psql -h db"),
    SecretContext("docker login", "docker login -u bob -p ¤ r.example"),
    SecretContext("redis-cli", "redis-cli -h r -a ¤ ping"), SecretContext("requirepass", "requirepass ¤\n"),
    SecretContext("IDENTIFIED BY", "CREATE USER x IDENTIFIED BY '¤';"),
    SecretContext("SQL PASSWORD", "ALTER USER x WITH PASSWORD '¤';"),
    SecretContext("ODBC braces", "Driver={x};Server=y;Uid=sa;Pwd={¤};"),
    SecretContext("Secret, YAML", "apiVersion: v1\ndata:\n  value: ¤\nkind: Secret\n", .base64),
    SecretContext(
      "Secret, JSON", "{\"apiVersion\":\"v1\",\"data\":{\"x\":\"¤\"},\"kind\":\"Secret\"}", .base64),
    SecretContext("Secret, stringData", "kind: Secret\nstringData:\n  value: ¤\n"),
    SecretContext("multi-line quotes", "password: \"first9 part\n  ¤\"\nuser: bob\n"),
    SecretContext("sudo's COMMAND, mysql", "bob : TTY=pts/0 ; COMMAND=/usr/bin/mysql -p¤ app"),
  ]

  /// Places where nothing but its own text gives a token away.
  static let neutral: [SecretContext] = [
    SecretContext("alone", "¤"), SecretContext("prose", "the deploy failed with ¤ and was retried"),
    SecretContext("parentheses", "rejected (¤)"), SecretContext("brackets", "[¤]"),
    SecretContext("list", "a,¤,b"),
    SecretContext("end of sentence", "it was ¤."), SecretContext("backquotes", "use `¤` here"),
    SecretContext("tab", "a\t¤\tb"), SecretContext("escaped line break", "{\"m\":\"first\\n¤\\nlast\"}"),
    SecretContext("escaped tab", "{\"m\":\"x\\t¤\\ty\"}"),
    SecretContext("colours", "\u{1B}[32m¤\u{1B}[0m done"),
    SecretContext("journal prefix", "Nov 23 00:00:00 host app[12]: got ¤"),
    SecretContext("log of a list", "args: ['run', '¤']"), SecretContext("comment", "# old: ¤"),
    SecretContext("Markdown", "* **¤**"), SecretContext("XML text", "<v>¤</v>"),
    SecretContext("path of a URL", "GET /hook/¤?x=1 HTTP/1.1", .percent),
  ]
}

extension String {
  /// RFC 3986: all but the unreserved characters.
  var percentEncoded: String {
    utf8.map { byte in
      let isUnreserved =
        UInt8(ascii: "-") == byte || UInt8(ascii: ".") == byte || UInt8(ascii: "_") == byte
        || UInt8(ascii: "~") == byte || lettersAndDigits.utf8.contains(byte)
      let hex = String(byte, radix: 16, uppercase: true)
      return isUnreserved ? String(UnicodeScalar(byte)) : "%" + (hex.utf8.count < 2 ? "0" + hex : hex)
    }.joined()
  }

  var jsonQuoted: String {
    var text = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
