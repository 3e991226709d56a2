import Testing

@testable import Redaction

let harmlessLines: [String] = [
  "Failed password for invalid user bob from 10.0.0.1 port 22 ssh2",
  "Accepted password for bob from 10.0.0.1 port 22 ssh2",
  "password: authentication failed for user bob", "wrong password: user bob is locked",
  "passwd:         compat systemd",
  "passwd: files systemd", "passwd[123]: pam_unix(passwd:chauthtok): password changed for bob",
  "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0",
  "sudo: pam_unix(sudo:session): session opened for user root(uid=0)",
  "[sudo] password for bob: ", "PasswordAuthentication yes", "PASS_MAX_DAYS 99999",
  "password required pam_unix.so nullok",
  "password_file=/etc/foo", "token_expiry: 3600s", "secret_name: my-secret", "max_tokens: 4096",
  "tokens_used=12345678",
  "public_key: AAAAB3NzaC1yc2EAAAADAQABAAABAQ", "tokenizer=bert-base-uncased1", "passenger=John Smith",
  "compass=north", "secretary=Ann",
  "author: John Smith", "keyboard=us-intl1", "monkey=banana99", "password=${DB_PASSWORD}",
  "password=$DB_PASSWORD", "password: $(cat /run/x)",
  "password: \"{{ vault_password }}\"", "password: <password>", "password=********", "password=xxxxxxxx",
  "password=%s", "password=",
  "password: \"\"", "token: null", "password: none", "{\"password\": null, \"x\": 1}", "{\"password\": true}",
  "key=ctrl+shift+down",
  "token=550e8400-e29b-41d4-a716-446655440000", "auth: basic", "auth=enabled", "token: 30s",
  "token=1234567890", "token: /var/lib/token",
  "unexpected token: '}' at line 4", "token validation failed: expired", "PWD=/root", "OLDPWD=/srv/shop",
  "https://user@host/x",
  "ssh://git@github.com/x.git", "https://host/x?q=a@b", "mailto:bob@example.net",
  "session: opened for user root by (uid=0)",
  "Started systemd-ask-password-console.path - Dispatch Password Requests to Console.",
  "tests: pass=12 fail=3", "pass: ok",
  "{\"cmd\":\"--password=\",\"b\":\"xyz\"}", "{\"msg\":\"password:\",\"b\":\"xyz\"}",
  "{\"a\":\"enter password\",\"b\":\"value\"}",
  "secretKeyRef: {name: x, key: password}", "  key: password", "api_key: your-api-key",
  "password=/run/secrets/db",
  "passwordSecretRef: db-credentials", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB bob@host",
  "next_page_token=abc123def456",
  "{\"_BOOT_ID\":\"0123456789abcdef0123456789abcdef\",\"__CURSOR\":\"s=ab12;i=1;b=de34\",\"_MACHINE_ID\":\"ffffffffffffffffffffffffffffffff\"}",
  "commit 1234567890abcdef1234567890abcdef12345678", "01JDXQ4W3K8Z6Y5T7R9P2M1N0B",
  "2026-11-23T00:00:00.123456789Z",
  "@@ -1,3 +1,4 @@ password", "--- a/etc/passwd", "+++ b/etc/passwd", "GET /login?next=/token HTTP/1.1",
  "grpc: the client connection is closing",
  "authorization: required", "Authorization header missing", "cookie jar is empty", "Cookies: disabled",
  "Permission denied (publickey,password).",
  "pg_hba: host all all 0.0.0.0/0 scram-sha-256", "client_secret_expires_at: 0",
  "{\"key\":\"value\",\"keys\":[\"a1b2c3d4\"]}",
  "mysql -p", "curl -u bob https://x", "{\"cmd\":[\"sshpass\",\"-p\"],\"b\":1}",
  "daemon:*:20228:0:99999:7:::", "apt-key is deprecated", "key-value store ready",
  "Bearer token is missing", "bearer authentication failed",
  "let secret = makeSecret()", "  var password = other + 1", "case .password: \"value of a password key\"",
  "func check(_ secret: String, isSecret: Bool)", "      secret: scope.secret)", "password = try read(path)",
  "regex: 'badge#(?<secret>[0-9]{6,})'", "options such as `mysql -p`, and others",
  "`mysql -pX` and `curl -u user:X`",
  "of `DB_PASSWORD=…` the name", "\"password\": \"Please enter your password\",",
  "secret = $insta::secret # x",
  "sed -n 's/password: .*//p'", "print(\"password=\\(secret) failed\")",
  "f\"password={digits(x, 2)}\"",
  "{\"password\": 3}", "postgres://user:password@host/db", "user:password@tcp(",
  "password: \"[REDACTED:password:",
  "AKIAIOSFODNN7EXAMPLE", "const password = process.env.PASSWORD",
  "requirepass takes the password of the server",
  "def getpass(prompt='Password: ', stream=None):", "print(\"password: \")", "$argon2id$v=19",
  "- name: DB_PASSWORD", "password: *default", "path=/hook/pattern.matching",
]

@Suite("Text that is no secret")
struct NotSecretTests {
  @Test("ordinary text stays as it is", arguments: harmlessLines)
  func harmless(line: String) {
    #expect(redact(line) == line)
  }

  @Test("digests, manifests, ids and times stay as they are")
  func identifiers() {
    for _ in 0..<200 {
      let lines = [
        "\(randomText(hexDigits, 64))  data/logs/journal.jsonl", "sha256:\(randomText(hexDigits, 64))",
        "containerd://\(randomText(hexDigits, 64))", "commit \(randomText(hexDigits, 40))",
        "index \(randomText(hexDigits, 7))..\(randomText(hexDigits, 7)) 100644",
        "_SYSTEMD_INVOCATION_ID=\(randomText(hexDigits, 32))",
        "trace_id=\(randomText(hexDigits, 32)) span_id=\(randomText(hexDigits, 16))",
        "etag: \"\(randomText(hexDigits, 32))\"", "MAC=52:54:00:\(randomText(hexDigits, 2)):08:00",
        "req=\(randomText(lettersAndDigits, 22))",
      ]
      for line in lines { #expect(redact(line) == line) }
    }
  }

  @Test("a few hundred lines of ordinary logs stay as they are")
  func ordinaryLogs() {
    for number in 0..<400 {
      let hex = randomText(hexDigits, 12)
      let line = [
        "10.0.0.\(number % 256) - - [23/Nov/2026:00:00:01 +0000] \"GET /v1/items/\(number)?page=2&sort=name HTTP/1.1\" 200 \(number * 7)",
        "{\"ts\":\"2026-11-23T00:00:01Z\",\"level\":\"info\",\"msg\":\"request done\",\"id\":\"\(hex)\",\"ms\":\(number)}",
        "time=2026-11-23T00:00:01Z level=warn msg=\"slow query\" table=users rows=\(number) key=idx_\(number)",
        "sshd[\(number)]: Disconnected from authenticating user root 10.0.0.1 port \(number) [preauth]",
        "kernel: audit: type=1400 audit(1795392000.\(number):7): apparmor=\"ALLOWED\" operation=\"open\" pid=\(number)",
        "java.lang.IllegalStateException: token bucket \(number) was exhausted\n\tat com.example.auth.TokenFilter.pass(TokenFilter.java:\(number))",
        "E1123 00:00:01.000001 \(number) authentication.go:63] \"Unable to authenticate the request\" err=\"invalid bearer token\"",
        "CRON[\(number)]: pam_unix(cron:session): session closed for user root",
        "vault: core: seal configuration missing, not initialized: node=\(hex) index=\(number)",
        "secrets-store: mounted 3 secrets for pod web-\(hex): keys=2 tokens=\(number)",
      ][number % 10]
      #expect(redact(line) == line)
    }
  }
}
