import Testing

@testable import Redaction

/// Names of keys, with a `%` for a value that looks random.
private let named: [String] = [
  "BW_SESSION=%", "OP_SESSION_my=%", "{\"encrypt\":\"%\"}", "encrypt = \"%\"", "device_code=%",
  "code_verifier=%",
  "recovery_code: %", "AIRFLOW__CORE__FERNET_KEY=%", "tacacs_key: %", "userpw=%",
  "kubeadm join --certificate-key %",
  "POST / SAMLResponse=%%&RelayState=x",
]

/// Names of passwords in other languages.
private let foreign: [String] = [
  "contraseña: %", "Contraseña=%", "{\"contraseña\":\"%\"}", "senha=%", "{\"senha\":\"%\"}", "motDePasse: %",
  "\"mot de passe\": \"%\"", "Mot de passe : %", "kennwort=%", "wachtwoord: %", "lösenord: %", "salasana=%",
  "heslo: %",
  "hasło=%", "haslo: %", "şifre: %", "пароль: %", "Пароль=%", "密码: %", "密码：%", "数据库密码=% x", "パスワード：%",
  "비밀번호: %", "INFO jelszó=% user=bob",
]

/// Names under which a UUID is a secret.
private let identified: [String] = [
  "access_token=%", "GET /reset?token=% HTTP/1.1", "GET /x?a=1&token=% HTTP/1.1", "api_key=%",
  "opsgenie_api_key: %",
  "//npm.corp/:_authToken=%", "SNYK_TOKEN=%", "SPLUNK_HEC_TOKEN=%", "SCW_SECRET_KEY=%", "secret_id=%",
  "\"SecretID\": \"%\",", "{\"identitytoken\":\"%\"}", "refreshToken: %", "curl -H 'X-Api-Key: %'",
]

@Suite("Names of secrets")
struct NameTests {
  private func check(_ place: String, _ secret: String) {
    let text = place.replacing("%", with: secret)
    let output = redact(text)
    #expect(!leaks(of: secret, in: output), "\(output)")
    if let tail = place.split(separator: "%").last, place.split(separator: "%").count > 1 {
      #expect(output.hasSuffix(tail), "\(output)")
    }
    #expect(redact(output) == output)
    #expect(redact(Array(text.utf8), piecesOf: [1, 7]) == Array(output.utf8))
  }

  @Test("a value that looks random goes", arguments: named)
  func names(place: String) {
    check(place, makeSecret(24))
  }

  @Test("a password goes in every language", arguments: foreign)
  func languages(place: String) {
    check(place, makeSecret(9))
  }

  @Test("a UUID goes where it opens something", arguments: identified)
  func identifiers(place: String) {
    let uuid = [8, 4, 4, 4, 12].map { randomText(hexDigits, $0) }.joined(separator: "-")
    check(place, uuid)
  }

  @Test(
    "a UUID stays where it names something",
    arguments: [
      "token=%", "request_token=%", "token_id=%", "REQUEST_TOKEN=%", "api_key_id=%", "access_key_id: %",
      "token: %",
      "next_page_token=%", "session_token: %", "GET /x?token_id=%&a=1 HTTP/1.1", "secret_name=%",
      "CLIENT_TOKEN=%",
    ])
  func correlation(place: String) {
    let uuid = [8, 4, 4, 4, 12].map { randomText(hexDigits, $0) }.joined(separator: "-")
    let text = place.replacing("%", with: uuid)
    #expect(redact(text) == text)
  }

  @Test(
    "what is a word or prose stays",
    arguments: [
      "encrypt = true", "encrypt: required", "secret_id=my-secret-name1", "Пароль: введите его",
      "фраза-пароль Zq7xK29bQm41",
      "帳號:密碼:使用者ID", "пароль: %1$s", "contraseña: incorrecta", "mot de passe oublié", "device_code: expired",
      "\"AUTH *auth\" \"int max_tp_unit_len\"", "mysql\\-p\\-x", "RABBITMQ_ERLANG_COOKIE=$COOKIE",
    ])
  func kept(text: String) {
    #expect(redact(text) == text)
  }

  @Test("a token that begins like a key's name is a token, whatever stands behind it")
  func tokenLikeName() {
    let token = "secret-live-Ab7" + randomText(lettersAndDigits, 34)
    let output = redact("{V:\(token)= \(makeSecret())}")
    #expect(!leaks(of: token, in: output))
    #expect(redact(output) == output)
  }

  @Test("Erlang's cookie goes, though it has capitals only")
  func erlang() {
    #expect(redact("RABBITMQ_ERLANG_COOKIE=ABCDEFGHIJKLMNOPQRST").hasSuffix("]"))
  }
}
