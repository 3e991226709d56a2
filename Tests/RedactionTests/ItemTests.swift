import Testing

@testable import Redaction

/// Texts with a `%` for a secret.
private let places: [String] = [
  "- --password\n- %\n- --user\n- bob", "    - --token\n    - %", "    - \"--password\"\n    - '%'",
  "  \"args\": [\n    \"--password\",\n    \"%\",\n    \"--user\"\n  ]", "app --password \\\n  % --x",
  "<property name=\"password\"><value>%</value></property>", "map[Accept:[x] X-Api-Key:[%] Y:[z]]",
  "http.Header{\"X-Api-Key\":[]string{\"%\"}, \"A\":[]string{\"b\"}}", "{user=[bob], password=[%]}",
  "Config { user: \"bob\", password: Some(\"%\"), n: 1 }", "Config(user: \"bob\", password: Optional(\"%\"))",
  "[{user,<<\"bob\">>},{password,<<\"%\">>}]", "{name: DB_PASSWORD, value: %}",
  "- {name: Authorization, value: Bearer %}", "requests.get(url, auth=(\"bob\", \"%\"))",
  "variable \"db_password\" {\n  type = string\n  default = \"%\"\n}",
  "flag.String(\"password\", \"%\", \"usage\")", "[--password, %]", "[app, --password, %, --user, bob]",
  "Your new password is: %", "I set the password to %", "password changed to %",
  "the password was reset to \"%\".",
  "The generated password for the elastic built-in superuser is : %", "rootpw --plaintext %",
  "rootpw --iscrypted %", "<db password=&quot;%&quot; user=&quot;bob&quot;/>", "password=\\x22%\\x22, a",
]

/// Lines of routers, daemons and pipes.
private let lines: [String] = [
  "radius-server host 10.0.0.1 auth-port 1812 key %", "tacacs-server key 7 %",
  "crypto isakmp key % address 10.0.0.1", " key-string 7 %", "snmp-server host 10.0.0.5 version 2c %",
  "snmp-server user bob grp v3 auth sha % priv aes 128 %", " ip ospf message-digest-key 1 md5 %",
  "com2sec notConfigUser  default       %", "createUser bob SHA \"%\" AES \"%\"", "trap2sink 10.0.0.1 %",
  "    stats auth admin:%", "basic.auth.user.info=u:%",
  "Login incorrect (mschap: MS-CHAP2-Response is incorrect): [bob/%] (from client nas port 1)",
  "    set passwd ENC %", "echo 'root:%' | chpasswd", "echo \"root:%\" | sudo chpasswd",
  "echo % | docker login -u bob --password-stdin r", "printf '%s' '%' | sudo -S ls",
  "{\"cmd\":\"echo \\\"root:%\\\" | chpasswd\"}", "sqlplus sys/%@ORCL as sysdba",
]

@Suite("Values in the next item, in wrappers, in sentences and in lines of devices")
struct ItemTests {
  @Test("the secret goes, and what stands around it stays", arguments: places + lines)
  func found(place: String) {
    let secret = makeSecret()
    let text = place.replacing("%s", with: "\u{0}").replacing("%", with: secret).replacing(
      "\u{0}", with: "%s")
    let output = redact(text)
    #expect(!leaks(of: secret, in: output), "\(output)")
    let parts = place.replacing("%s", with: "\u{0}").split(separator: "%", omittingEmptySubsequences: false)
      .map {
        $0.replacing("\u{0}", with: "%s")
      }
    #expect(output.hasPrefix(parts[0]), "\(output)")
    if parts.count > 1 { #expect(output.hasSuffix(parts[parts.count - 1]), "\(output)") }
    #expect(redact(output) == output)
    #expect(redact(Array(text.utf8), piecesOf: [1, 7]) == Array(output.utf8))
  }

  @Test("a key of Ceph and hashes of other programs go")
  func forms() {
    let hash = "7a" + randomText(base64Alphabet, 25) + "="
    let digits = randomText("0123456789ABCDEF", 128)
    for (text, secret) in [
      ("key = AQ\(randomText(base64Alphabet, 36))==", "=="), ("bob:{SHA}\(hash)", hash),
      ("password_pbkdf2 root grub.pbkdf2.sha512.10000.\(digits).\(digits)", digits),
      ("set secret \"$9$aB7\(randomText(lettersAndDigits, 20))\"", "$9$"),
    ] {
      let output = redact(text)
      #expect(!output.contains(secret), "\(output)")
      #expect(redact(output) == output)
    }
  }

  @Test(
    "what looks like it and is none stays",
    arguments: [
      "- --password\n- --user\n", "- --password-file\n- /run/x\n", "    \"--token\",\n    \"--user\"\n",
      "options --token, --password, and --user", "--password\nSets the password",
      "  --password\n      the password to use",
      "x = ['--ldap-username', u, '--ldap-password', ldap_pw]", "password: [a-z]+", "tokens: [one, two]",
      "&lt;user&gt;[:&lt;password&gt;]@&lt;hostname&gt;", "$pw=&quot;******&quot;;", "password: None(",
      "password: Some(x)",
      "the password was reset to the default", "token set to expire in 5 minutes", "password to be changed",
      "auth=(user, password)", "auth=(\"user\", \"password\")",
      "echo \"$PASS\" | docker login --password-stdin",
      "cat /x | sudo -S ls", "sqlplus /nolog", "sqlplus /@TNS", "echo done | grep chpasswd",
      "the key-string is long",
      "snmp-server host 10.0.0.5 version 3", "set x ENC yes", "stats auth enabled",
      "Login OK: [bob] (from client x)",
      "radius-server host 10.0.0.1 timeout 5", "costs $9$", "key = AQIDBA==",
      "com2sec is a directive of the daemon snmpd",
      "password,<<\"", "variable \"db_password\" {\n  type = string\n}\ndefault = \"Zq7xK29bQm41\"",
      "variable \"db_password\" {\n  default = null\n}", "the createUser function",
    ])
  func kept(text: String) {
    #expect(redact(text) == text)
  }
}
