import Testing

@testable import Redaction

@Suite("Names that look like a secret's, and values that name one")
struct NoKeyTests {
  @Test(
    "what is no secret stays",
    arguments: [
      "--- PASS: TestLogin (0.00s)", "    --- PASS: TestLogin/sub_1 (0.00s)", "PASS: test 12 of foo",
      "valueFrom: arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
      "denied on arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCd12 for bob",
      "System.Web, Version=4.0.0.0, Culture=neutral, PublicKeyToken=b77a5c561934e089",
      "existingSecret: pg-secret", "imagePullSecret: regcred", "existingSecret: \"postgres\"",
      "nginx.ingress.kubernetes.io/auth-secret: basic-auth", "docker service create --secret db_password img",
      "docker build --secret id=npmrc,src=.npmrc .",
      "gcloud run deploy x --set-secrets a --secret=db-password",
      "secret=prod/db-credentials", "secret: db-credentials", "      ~ password = (sensitive value)",
      "Nov 23 00:00:00 host tf[1]:   + password = (known after apply)",
      "2026-11-23T00:00:00Z password: {{ .Values.db.password }}", "password = random_password.db.result",
      "secret = aws_secretsmanager_secret_version.x.secret_string", "password: !Ref DbPassword",
      "password: !secret db_password",
      "password: @db.password@", "password: <%= ENV[\"DB_PASSWORD\"] %>", "password: ((db_password))",
      "password=#{DbPassword}#", "password_env: DB_PASSWORD", "SELECT * FROM t WHERE password = :pw",
      "  password text,", "  password varchar,",
      "PASSWORD_HASHERS = ['django.contrib.auth.hashers.Argon2PasswordHasher']",
      "passwordEncoder: BCryptPasswordEncoder",
    ])
  func kept(text: String) {
    #expect(redact(text) == text)
  }

  @Test("digests of what is public stay")
  func digests() {
    let digest = randomText(hexDigits, 64)
    for text in [
      "checksum/secret: \(digest)", "checksum/auth-secret: \(digest)",
      "kubeadm join h:6443 --discovery-token-ca-cert-hash sha256:\(digest)",
    ] {
      #expect(redact(text) == text)
    }
  }

  @Test(
    "what looks like it and is a secret goes",
    arguments: [
      "pass: %", "PASS: %", "result: secret:%", "1:secret:%", "publicApiToken=%", "app --secret %",
      "docker run -e APP_SECRET=% img", "client_secret: %", "vault/client_secret: %", "password: ((%",
      "password: @%", "password: :%", "password_env: %", "password %", "secret: correct-horse-%",
      "x/checksum_secret: %",
    ])
  func found(place: String) {
    let secret = makeSecret()
    let output = redact(place.replacing("%", with: secret))
    #expect(!leaks(of: secret, in: output), "\(output)")
    #expect(redact(output) == output)
  }
}
