import Foundation
import Testing

@testable import Redaction

/// Texts in which `%` stands for a secret, each with the rule that must find it.
let contextTemplates: [(rule: String, text: String)] = [
  ("password", "password=%"), ("password", "DB_PASSWORD='%'"), ("password", "export MYSQL_ROOT_PASSWORD=%"),
  ("password", "2026-11-23 INFO connecting user=bob password=%, retries=3"),
  ("password", "level=info msg=\"login\" password=\"%\" user=bob"),
  ("password", "{\"user\":\"bob\",\"password\":\"%\"}"),
  ("password", "{\"dbPassword\" : \"%\", \"n\": 1}"), ("password", "{'password': '%', 'user': 'x'}"),
  ("password", "User{name=bob, password=%}"), ("password", "params[password]=%"),
  ("password", "password => \"%\""),
  ("password", "config['db_password'] = '%'"), ("password", "password: %"),
  ("password", "  db_password: \"%\""),
  ("password", "    passphrase: '%'  # rotate"), ("password", "password: |\n  %\nnext: ok"),
  ("password", "db:\n  password: >-\n    %\n    %\nuser: bob"),
  ("password", "- name: DB_PASSWORD\n  value: %"),
  ("password", "- name: DB_PASSWORD\n  value: \"%\""),
  ("password", "{\"name\":\"DB_PASSWORD\",\"value\":\"%\"}"),
  ("password", "{\n  \"name\": \"DB_PASSWORD\",\n  \"value\": \"%\"\n}"),
  ("password", "<password>%</password>"),
  ("password", "<password encrypted=\"false\">%</password>"), ("password", "<db password=\"%\" user=\"x\"/>"),
  ("password", "<add key=\"DbPassword\" value=\"%\"/>"),
  ("password", "<key>Password</key>\n<string>%</string>"),
  ("api-key", "<string name=\"api_key\">%</string>"), ("password", "<password><![CDATA[%]]></password>"),
  ("password", "Server=x;Database=y;User Id=sa;Password=%;Encrypt=yes"),
  ("password", "Server=x;Pwd=%;Encrypt=yes"),
  ("access-key", "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=%==;EndpointSuffix=x"),
  ("access-key", "Endpoint=sb://x/;SharedAccessKeyName=root;SharedAccessKey=%="),
  ("password", "jdbc:sqlserver://h:1433;user=sa;password=%;"), ("password", "app --password % --user bob"),
  ("password", "app --password=% --user bob"), ("token", "app --token % run"),
  ("password", "[\"app\",\"--password\",\"%\"]"),
  ("command-line-password", "mysql -u root -p% db"),
  ("command-line-password", "/usr/bin/mysqldump -p% db > x"),
  ("command-line-password", "curl -u bob:% https://x"),
  ("command-line-password", "curl --user 'bob:%' https://x"),
  ("command-line-password", "sshpass -p % ssh x"),
  ("command-line-password", "docker login -u bob -p % registry"),
  ("command-line-password", "redis-cli -a % ping"), ("password", "PGPASSWORD=% psql"),
  ("password", "docker run -e DB_PASSWORD=% img"),
  ("password", "java -Ddb.password=% -jar x"),
  ("password", "kubectl create secret generic x --from-literal=password=%"),
  ("password", "openssl rsa -passin pass:% -in x"), ("password", "machine x login bob password %"),
  ("password", "machine x\n  login bob\n  password %"), ("token", "//registry.npmjs.org/:_authToken=%"),
  ("credential", "{\"auths\":{\"x\":{\"auth\":\"%=\"}}}"), ("password", "db.example.net:5432:app:bob:%"),
  ("password", "requirepass %"), ("password", "masterauth %"),
  ("password", "ALTER USER x WITH PASSWORD '%';"),
  ("password", "CREATE USER x IDENTIFIED BY '%';"), ("private-key", "PrivateKey = %%%="),
  ("pre-shared-key", "PresharedKey = %%%="),
  ("pre-shared-key", "\tpsk=\"%\""), ("authorization-header", "Authorization: Bearer %"),
  ("authorization-header", "Authorization: Basic %=="),
  ("authorization-header", "> Proxy-Authorization: Basic %"),
  ("authorization-header", "curl -H \"Authorization: token %\" https://x"),
  ("authorization-header", "{\"Authorization\":\"Bearer %\",\"x\":1}"),
  ("authorization-header", "Authorization:[Bearer %]"),
  ("authorization-header", "retrying with bearer % now"),
  ("authorization-header", "Authorization: AWS4-HMAC-SHA256 Credential=x/y, SignedHeaders=host, Signature=%"),
  ("authorization-header", "Authorization: Digest username=\"bob\", response=\"%\""),
  ("api-key", "X-Api-Key: %"),
  ("api-key", "{\"headers\":{\"x-api-key\":\"%\"}}"), ("token", "X-Auth-Token: %"),
  ("token", "X-Vault-Token: %"), ("token", "Private-Token: %"),
  ("token", "X-Amz-Security-Token: %"), ("cookie", "Cookie: sid=%; theme=%"),
  ("cookie", "Set-Cookie: session=%; HttpOnly; Path=/"),
  ("cookie", "{\"cookie\":\"sid=%; theme=%\"}"), ("cookie", "{\"set-cookie\":[\"a=%; Path=/\",\"b=%\"]}"),
  ("url-userinfo", "postgres://bob:%@host/db"),
  ("url-userinfo", "https://%@host/x"),
  ("url-userinfo", "postgres://bob:a@%@host:5432/db?x=y"), ("url-userinfo", "redis://:%@h"),
  ("url-userinfo", "{\"url\":\"https:\\/\\/bob:%@host\\/x\"}"),
  ("url-userinfo", "mongodb://u:%@h1:27017,h2:27017/x"),
  ("token", "GET /cb?state=x&token=% HTTP/1.1"), ("token", "https://x/y?access_token=%&z=1"),
  ("api-key", "https://x/y?api_key=%#frag"),
  ("url-query-secret", "https://x/y?sv=1&sig=%%%3D&se=2"), ("url-query-secret", "GET /cb?code=% HTTP/1.1"),
  ("url-query-secret", "https://maps.example.net/x?key=%&q=1"),
  ("connection-string", "user:%@tcp(db:3306)/x"),
  ("password", "Environment=\"DB_PASSWORD=% and spaces\" \"OTHER=2\""),
  ("aws-secret-access-key", "aws_secret_access_key = %/%+%"),
  ("aws-secret-access-key", "secretAccessKey: \"%\""), ("secret", "client_secret=%"),
  ("secret", "{\"clientSecret\":\"%\"}"),
  ("encryption-key", "ENCRYPTION_KEY=%"), ("encryption-key", "signing-key: %"), ("session-id", "PHPSESSID=%"),
  ("password", "env: {DB_PASSWORD: %, USER: bob}"),
  ("password", "{\"passwords\": [\"%\", \"%\"]}"), ("password", "spring.datasource.password=%"),
]

@Suite("Secrets that their surroundings give away")
struct ContextTests {
  @Test("every context gives up its secret, to the right rule", arguments: contextTemplates.indices)
  func contexts(index: Int) {
    let (rule, template) = contextTemplates[index]
    for _ in 0..<3 {
      let secret = makeSecret()
      let text = template.replacing("%", with: secret)
      #expect(!leaks(of: secret, in: redact(text)), "\(template)")
      var records = testRedactor.makeRecordRedactor()
      #expect(records.count(in: text)[rule] != nil, "\(template)")
    }
  }

  @Test("redacting twice changes nothing", arguments: contextTemplates.indices)
  func idempotence(index: Int) {
    let once = redact(contextTemplates[index].text.replacing("%", with: makeSecret()))
    #expect(redact(once) == once)
  }

  @Test(
    "a context inside a JSON string, to three levels, still gives up its secret",
    arguments: contextTemplates.indices)
  func nestedJSON(index: Int) throws {
    let secret = makeSecret()
    var text = contextTemplates[index].text.replacing("%", with: secret)
    for level in 1...3 {
      text = String(decoding: try JSONSerialization.data(withJSONObject: ["message": text]), as: UTF8.self)
      let output = redact(text)
      #expect(throws: Never.self, "level \(level): \(output)") {
        try JSONSerialization.jsonObject(with: Data(output.utf8))
      }
      if isLineBound(contextTemplates[index].text) {
        #expect(!leaks(of: secret, in: output), "level \(level): \(output)")
      }
      #expect(redact(output) == output, "level \(level)")
    }
  }

  /// Whether the context needs neither lines nor columns, which a JSON string does not have.
  private func isLineBound(_ text: String) -> Bool {
    !text.contains("\n") && !["db.example.net", "requirepass", "masterauth"].contains { text.hasPrefix($0) }
      && !text.hasPrefix("[") && !text.hasPrefix("\tpsk")
  }

  @Test(
    "a token of any kind is redacted whole behind a key, in a header and in a URL",
    arguments: TokenRule.builtIn.indices.filter { $0 % 5 == 0 })
  func kindsInContexts(index: Int) {
    let rule = TokenRule.builtIn[index]
    guard rule.check != .webToken, !rule.keepsLiteral else { return }
    let alphabet = String(
      decoding: lettersAndDigits.utf8.filter { rule.alphabet.contains($0) }, as: UTF8.self)
    let lead = rule.leading.map { set in
      randomText(
        String(decoding: lettersAndDigits.utf8.filter { set.contains($0) }, as: UTF8.self),
        rule.leadingMinimum)
    }
    let body = "7" + randomText(alphabet, rule.minimum + 8)
    for template in [
      "password=%", "{\"password\":\"%\"}", "Authorization: Bearer %", "token: %", "x --token % y",
    ] {
      let output = redact(template.replacing("%", with: (lead ?? "") + rule.literal + body))
      #expect(!leaks(of: body, in: output), "\(rule.literal) in \(template)")
    }
  }

  @Test("a diff's sign stays where it was", arguments: ["+", "-", " "])
  func diffSigns(sign: String) {
    let secret = makeSecret()
    for line in [
      "password=\(secret)", "  password: \(secret)", "{\"password\": \"\(secret)\"}",
      "DB_PASSWORD='\(secret)'",
    ] {
      let output = redact(sign + line)
      #expect(output.hasPrefix(sign + line.prefix(4)))
      #expect(!leaks(of: secret, in: output))
    }
  }

  @Test("a value's special characters go with it")
  func specialCharacters() {
    for secret in ["a,b;c&d9", "p@ss w0rd with spaces", "quote'inside", "back\\slash", "100%sure!", "x=y=z"] {
      #expect(redact("db_password: \"\(secret)\"").hasPrefix("db_password: \"[REDACTED:password:"))
      #expect(redact("db_password: \"\(secret)\"").hasSuffix("]\""))
      let file = redact("db_password: \(secret)\n")
      #expect(file.hasPrefix("db_password: [REDACTED:password:") && file.hasSuffix("]\n"), "\(file)")
    }
    #expect(redact("DB_PASSWORD=ab\"c'd").hasSuffix("]"))
    for word in ["changeme", "access", "login", "hunter"] {
      #expect(redact("password: \(word)").hasSuffix("]"))
    }
  }

  @Test("a secret before another one in the same command or address goes too")
  func neighbours() {
    let (first, second) = (makeSecret(), makeSecret())
    let token = "ghp_" + randomText(lettersAndDigits, 34) + "7a"
    let texts = [
      "curl -H 'X-Api-Key: \(first)' -u bob:\(second) https://x", "sshpass -p \(first) mysql -p\(second) db",
      "https://\(token):\(second)@host/x", "mysql --password=\(first) -p\(second)",
      "docker login -u x --password \(first) -p \(second)", "worker password=\(first) curl -u a:\(second) x",
    ]
    for text in texts { #expect(!leaks(of: [first, second, token], in: redact(text)), "\(text)") }
  }

  @Test("a number under a secret key becomes a quoted token at the level of its key")
  func numbers() {
    #expect(
      redact("{\"password\": 12345, \"n\": 1}").contains(
        /"password": "\[REDACTED:password:[a-z2-7]{8}\]", "n": 1/))
    #expect(redact(#"{"m":"{\"password\":12345}"}"#).contains(/\\"password\\":\\"\[REDACTED:[^\]]*\]\\"\}/))
  }
}
