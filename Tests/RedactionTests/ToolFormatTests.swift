import Testing

@testable import Redaction

/// Lines as tools write them, with a place for a secret that is made when the test runs.
private let places: [String] = [
  "      ~ password = \"old-\(old)\" -> \"%\"", "      ~ secret_string = \"%\" -> (sensitive value)",
  "    proxy_set_header Authorization \"Bearer %\";", "    proxy_set_header X-Api-Key \"%\";",
  "set $client_secret \"%\";",
  "    user admin insecure-password %", "snmp-server community % RO",
  "let token: String = \"%\"", "password: str = '%'", "  private apiKey: string = \"%\";",
  "const DB_PASSWORD: &str = \"%\";",
  "    config.setPassword(\"%\");", "  .password(\"%\")", "SET PASSWORD FOR 'bob'@'%' = PASSWORD('%');",
  "define('DB_PASSWORD', '%');", "define( \"AUTH_TOKEN\", \"%\" );",
  "System.setProperty(\"javax.net.ssl.keyStorePassword\", \"%\");",
  "the password is %", "Your new API token is \"%\".",
  "A temporary password is generated for root@localhost: %",
  "at jdbc:oracle:thin:scott/%@//orcl:1521/XE",
  "db_password    %", "Using token % for it", "with password % failed", "PASS %", "key-value secret %",
  "New password for bob: %", "SET PASSWORD FOR 'a'@'b' = '%';", "username bob password 7 %",
  ": PSK \"%\"", "<wsse:Password Type=\"http://docs#PasswordText\">%</wsse:Password>",
  "<ns2:password>%</ns2:password>",
  "pw: %", "\"pw\":\"%\"", "AUTH PLAIN %", "userPassword:: %", "wep_key0=\"%\"",
  "mongosh -u root -p % --host h", "ipmitool -H h -U ADMIN -P % chassis status", "snmpget -v3 -A % -X % h",
  "keytool -storepass % -keypass % -list", "<machineKey validationKey=\"%\" />",
  "<password>\n  %\n</password>", "  <clientSecret>\n    %\n  </clientSecret>",
]

private let old = "Zq7xK29bQm41"

@Suite("Secrets as tools write them")
struct ToolFormatTests {
  @Test("a secret is found in the syntax of the tool, and nothing else goes", arguments: places)
  func found(place: String) throws {
    let secret = makeSecret()
    let text = place.replacing("@'%'", with: "@'\u{0}'").replacing("%", with: secret).replacing(
      "\u{0}", with: "%")
    let output = redact(text)
    #expect(!leaks(of: secret, in: output), "\(output)")
    #expect(!leaks(of: old, in: output), "\(output)")
    #expect(redact(output) == output)
    let parts = place.replacing("@'%'", with: "@'\u{0}'").split(separator: "%").map {
      $0.replacing("\u{0}", with: "%").replacing("old-\(old)", with: "")
    }
    let tail = try #require(parts.last)
    #expect(parts.count < 2 || output.hasSuffix(tail), "\(output)")
    #expect(redact(Array(text.utf8), piecesOf: [1, 7]) == Array(output.utf8))
  }

  @Test(
    "what looks like it and is none stays",
    arguments: [
      "  GNUTLS_KX_DHE_PSK = 10,", "    GPG_ERR_NO_PASSPHRASE = 177,",
      "  SEC_ERROR_LOCKED_PASSWORD = (SEC_ERROR_BASE + 153),", "  KEY_NOSECRET = 1,",
      " * @GNUTLS_KX_DHE_PSK: DHE-PSK key-exchange algorithm.", " * @password: The one to use",
      "  Pass *SDAGISelPass = nullptr;", "LoopPass *LP = static_cast<LoopPass *>(PassVector[N]);",
      "C<passwd>, C<uid>, C<gid>", "so that we can pass 'our' STDIN", "pass     => $password,",
      "proxy_pass => qq{", "password = utf8_to_utf16_dup(v);", "            password=password,",
      "resource_owner_secret=None,", "resource_owner_secret: str):", "_encode_auth('username')",
      "$PROXY_PASSWORD = $CPAN::Config->{proxy_pass} || \"\";",
      "whether -debug-pass has been given", "<li><code>passphrase</code> <a href=\"x\">string</a>",
      "typedef struct SEC_PKCS12SecretBagStr SEC_PKCS12SecretBag;",
      "LinkGraphPassFunction createEHFrameEdgeFixerPass_MachO_x86_64();", "password for bob: ",
      "the secret: 40 bits",
      "the token is id=314648 now", "the password is id=177602 of", "password for user bob was changed",
      "the token 7 of 12 was read", "pw: ", "std::token::Kind x",
      "the password is wrong", "the password is required", "token is expired", "getPassword(\"prompt: \")",
      "t(\"password\", \"Passwort\")", "label.password(\"Enter it here\")",
      "A temporary password is generated for root@localhost", "<password>\n</password>\n<user>bob</user>",
      "oracle:thin:@//orcl:1521/XE", "proxy_set_header X-Api-Key \"$http_x_api_key\";",
    ])
  func kept(text: String) {
    #expect(redact(text) == text)
  }
}
