import Testing

@testable import Redaction

/// Command lines and statements, with a place for a secret.
private let commands: [String] = [
  "mysql -uroot -p'%' shop", "mysql -uroot -p\"%\" shop", "{\"cmd\":\"mysql -uroot -p\\\"%\\\" shop\"}",
  "sh -c \"mysql -uroot -p'%' shop\"", "mysqlcheck -uroot -p%", "mysqlsh -uroot -p%", "mongodump -p'%' -d x",
  "curl -su bob:% https://x", "curl -sSfu bob:'%' https://x", "curl -kLu 'bob:%' https://x",
  "argc=4 a0=\"curl\" a1=\"-u\" a2=\"bob:%\" a3=\"https://x\"",
  "argc=4 a0=\"sshpass\" a1=\"-p\" a2=\"%\" a3=\"ssh\"", "argc=2 a0=\"mysql\" a1=\"-p%\"",
  "vault login %", "vault login -no-print %", "vault operator unseal %", "rabbitmqctl add_user app %",
  "rabbitmqctl change_password app %", "mc alias set m https://x user %", "oc login -u bob -p % https://x",
  "sqlcmd -S h -U sa -P % -Q q", "cqlsh -u c -p % h", "etcdctl --user root:% get x", "plink -pw % h",
  "mosquitto_pub -u u -P % -t x", "unzip -P % x.zip", "openssl enc -aes-256-cbc -k % -in x",
  "kubectl create secret generic x --from-literal=foo=% -n y",
  "kubectl create secret generic x --from-literal foo='%'",
  "gh secret set NAME --body \"%\"", "rpcclient -U 'u%%' h",
  "CREATE USER x IDENTIFIED WITH mysql_native_password BY '%';",
  "ALTER USER 'b'@'h' IDENTIFIED WITH 'caching_sha2_password' BY '%';",
  "CREATE USER x IDENTIFIED WITH mysql_native_password AS '%';", "ALTER USER bob IDENTIFIED BY %;",
  "CREATE LOGIN app WITH PASSWORD = N'%'", "CREATE USER bob IDENTIFIED BY VALUES '%';",
]

@Suite("Passwords in commands")
struct CommandTests {
  @Test("the password goes, and nothing else", arguments: commands)
  func found(place: String) {
    let secret = makeSecret()
    let text = place.replacing("%%", with: "\u{0}%").replacing("%", with: secret).replacing(
      "\u{0}", with: "%")
    let output = redact(text)
    #expect(!leaks(of: secret, in: output), "\(output)")
    let parts = place.replacing("%%", with: "\u{0}%").split(separator: "%").map {
      $0.replacing("\u{0}", with: "%")
    }
    #expect(output.hasPrefix(parts[0]), "\(output)")
    if parts.count > 1 { #expect(output.hasSuffix(parts[1]), "\(output)") }
    #expect(redact(output) == output)
    #expect(redact(Array(text.utf8), piecesOf: [1, 7]) == Array(output.utf8))
  }

  @Test(
    "what looks like it and is none stays",
    arguments: [
      "sh -c \"mysql -p\" && echo \"x\"", "{\"cmd\":\"mysql -p\",\"b\":\"xyz\"}", "run('mysql -p', 'x')",
      "{\"cmd\":\"mysql -p\"},{\"cmd\":\"x\"}", "curl -sS https://x -o u:v", "curl -fu bob https://x",
      "argc=2 a0=\"mysql\" a1=\"-p\" a2=\"shop\"", "vault login -method=userpass username=bob",
      "the host is identified by the name", "IDENTIFIED BY", "identified with the help of 'it'",
      "rabbitmqctl list_users", "curl -Su", "mysql -p'$PASSWORD' shop", "mc alias set m https://x",
    ])
  func kept(text: String) {
    #expect(redact(text) == text)
  }
}
