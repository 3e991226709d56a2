import Testing

@testable import Redaction

/// Texts with a `%` for a secret, in which blanks or more than a separator stand between a name and its value.
private let places: [String] = [
  "ENV DB_PASSWORD %", "SetEnv DB_PASSWORD %", "    fastcgi_param   DB_PASSWORD \"%\";",
  "set -x DB_PASSWORD %",
  "set -gx DB_PASSWORD '%'", "setx DB_PASSWORD %", "setenv DB_PASSWORD %",
  "[Environment]::SetEnvironmentVariable(\"DB_PASSWORD\",\"%\")", "os.Setenv(\"DB_PASSWORD\", \"%\")",
  "setenv(\"DB_PASSWORD\", \"%\", 1);", "    HTTP_Passwd %", "API Key: %", "{\"API Key\": \"%\"}",
  "Secret Access Key: %", "| Encryption Key = %", "Unseal Key 1: %", "Recovery Key 12: %",
  "Incorrect API key provided: %", "a1=\"--password\" a2=\"%\"", "a1=\"--token\" a2=\"%\" a3=\"x\"",
  "$Password = ConvertTo-SecureString \"%\" -AsPlainText -Force",
  "New-X -Password (ConvertTo-SecureString -String '%' -AsPlainText)",
  "parser.add_argument(\"--password\", default=\"%\")",
  "parser.add_argument('--password', help='the one', default='%')", "**Password:** %",
  "password=\"\"\"%\"\"\"", "primary_conninfo = 'host=h password=''%'' port=1'",
  "\"{\"\"password\"\": \"\"%\"\", \"\"u\"\": 1}\",x", "DB_PASSWORD=[%", "DB_PASSWORD=hunter(%",
  "SECRET_KEY = 'django-insecure-8erm(%!w5s5@=k'", "postgres://app:VQjz2/%@db1/shop",
  "postgres://app:%#Qj2@db1/shop", "user app on >% ~* +@all", "ACL SETUSER app on >% ~* +@all",
  "1.1 [0 h:6] \"AUTH\" \"%\"", "1.1 [0 h:6] \"auth\" \"default\" \"%\"", "SSHPASS=%", "REDISCLI_AUTH=%",
  "INSERT INTO users(name,password) VALUES('bob','%');",
  "insert into `users` (`id`, `password`) values (1,'it''s (x), y'), (2,'%');",
]

@Suite("Secrets behind a name and blanks")
struct SpacedNameTests {
  @Test("the secret goes, and what stands behind it stays", arguments: places)
  func found(place: String) {
    let secret = makeSecret()
    let text = place.replacing("%", with: secret)
    let output = redact(text)
    #expect(!leaks(of: secret, in: output), "\(output)")
    if let tail = place.split(separator: "%", omittingEmptySubsequences: false).last, !place.contains("#Qj2"),
      !place.contains("!w5")
    {
      #expect(output.hasSuffix(tail), "\(output)")
    }
    #expect(redact(output) == output)
    #expect(redact(Array(text.utf8), piecesOf: [1, 7]) == Array(output.utf8))
  }

  @Test(
    "words go where only secrets stand",
    arguments: [
      "fastcgi_param DB_PASSWORD \"copper-castle\";", "REDISCLI_AUTH=copper-castle",
      "ENV DB_PASSWORD copper castle",
      "SetEnvironmentVariable(\"DB_PASSWORD\", \"copper-castle\")",
      "INSERT INTO t (password) VALUES ('copper-castle')",
    ])
  func words(text: String) {
    let output = redact(text)
    #expect(!output.contains("castle"), "\(output)")
  }

  @Test(
    "what looks like it and is none stays",
    arguments: [
      "set the ENV DB_PASSWORD to something", "ENV DB_PASSWORD ${DB_PASSWORD}", "SetEnv DB_PASSWORD ${X}",
      "  db_password varchar(255),", "  user_password is set7", "API key: required", "The API key is missing",
      "SSH key: SHA256:Zq7xK29bQm41abcdefghABCDEFGH1234567890xyzAB", "Session key 1 of 12",
      "API key: /etc/app/api.key", "Primary Key: Zq7xK29bQm41", "access key: my-access-key",
      "parser.add_argument(\"--password\", help=\"the password\", required=True)",
      "$Password = ConvertTo-SecureString $plain -AsPlainText", "password=''", "password=\"\"\"\"\"\"",
      "password='' or ''=''", "https://host:8080/x@y", "http://host:80/a/b@sha256:abc",
      "the switch is on >5 V", "\"AUTH\" \"\"", "INSERT INTO users(name,password) VALUES('bob',NULL)",
      "INSERT INTO users(name, mail) VALUES ('bob', 'Zq7xK29bQm41')", "insert into the (password) field",
      "longopt_pat = r'[a-zA-Z](?:[a-zA-Z0-9-]*)'",
      "{ psk: <Buffer|TypedArray|DataView>, identity: <string> }",
    ])
  func kept(text: String) {
    #expect(redact(text) == text)
  }
}
