/// What a word says where it is part of a key's name or of a value.
struct WordTraits: OptionSet, Sendable {
  let rawValue: UInt16
  /// A key that ends in it has a secret value, whatever the value looks like.
  static let strong = WordTraits(rawValue: 1)
  /// A key that ends in it has a secret value if the value looks like one.
  static let weak = WordTraits(rawValue: 2)
  /// Before `key` it makes the key a secret one.
  static let keyQualifier = WordTraits(rawValue: 4)
  /// After a sensitive word it may stand without changing the meaning.
  static let neutral = WordTraits(rawValue: 8)
  /// After a sensitive word it makes the value something about the secret: its file, its age.
  static let about = WordTraits(rawValue: 16)
  /// Before a sensitive word it makes the value something else: `public_key`, `max_tokens`.
  static let harmless = WordTraits(rawValue: 32)
  /// As the first word of a value it shows that the text is prose.
  static let prose = WordTraits(rawValue: 64)
  /// As a whole value it stands for no value.
  static let nothing = WordTraits(rawValue: 128)
  /// The name of an HTTP authentication scheme.
  static let scheme = WordTraits(rawValue: 256)
  /// A scheme whose credential is a list of parameters up to the end of the line.
  static let listScheme = WordTraits(rawValue: 512)
  /// The name of a product before a sensitive word.
  static let vendor = WordTraits(rawValue: 1024)
}

/// A lower-case word of at most 16 bytes in a machine word, so that a look-up needs no allocation.
typealias PackedWord = UInt128

/// The vocabulary of keys and values.
struct Words: Sendable {
  struct Entry: Sendable {
    var traits: WordTraits = []
    /// The rule of a strong or weak word.
    var rule = 0
    /// The rule of a word before `key`.
    var keyRule = 0
  }

  private var entries: [PackedWord: Entry] = [:]
  /// The entries again, by a hash that costs less than the dictionary's; 0 marks an empty slot.
  private var slots: [(word: PackedWord, entry: Entry)] = []
  private static let slotBits = 12

  init(rules: [String: Int]) {
    func index(_ kind: ContextKind) -> Int { kind.order }
    for (kind, words) in Self.strong { add(words, .strong) { $0.rule = index(kind) } }
    for (kind, words) in Self.weak { add(words, .weak) { $0.rule = index(kind) } }
    for (kind, words) in Self.keyQualifiers { add(words, .keyQualifier) { $0.keyRule = index(kind) } }
    for (kind, words) in Self.vendors { add(words, .vendor) { $0.rule = index(kind) } }
    add(Self.neutral, .neutral)
    add(Self.about, .about)
    add(Self.harmless, .harmless)
    add(Self.prose, .prose)
    add(Self.nothing, .nothing)
    add(Self.schemes, .scheme)
    add(Self.listSchemes, [.scheme, .listScheme])
    fillSlots()
  }

  private mutating func fillSlots() {
    slots = Array(repeating: (0, Entry()), count: 1 << Self.slotBits)
    for (word, entry) in entries {
      var slot = Self.slot(of: word)
      while slots[slot].word != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = (word, entry)
    }
  }

  @inline(__always)
  private static func slot(of word: PackedWord) -> Int {
    let folded =
      UInt64(truncatingIfNeeded: word) ^ UInt64(truncatingIfNeeded: word >> 64) &* 0x9E37_79B9_7F4A_7C15
    return Int((folded &* 0xD6E8_FEB8_6659_FD93) >> UInt64(64 - slotBits))
  }

  subscript(_ word: PackedWord) -> Entry {
    slots.withUnsafeBufferPointer { slots in
      var slot = Self.slot(of: word)
      while slots[slot].word != 0 {
        if slots[slot].word == word { return slots[slot].entry }
        slot = (slot + 1) & (slots.count - 1)
      }
      return Entry()
    }
  }

  private mutating func add(_ words: String, _ traits: WordTraits, _ change: (inout Entry) -> Void = { _ in })
  {
    for word in words.split(whereSeparator: \.isWhitespace) {
      let packed = word.utf8.reduce(PackedWord(0)) { $0 << 8 | PackedWord($1.lowered) }
      entries[packed, default: Entry()].traits.formUnion(traits)
      change(&entries[packed, default: Entry()])
    }
  }

  static let key: PackedWord = [0x6B, 0x65, 0x79].reduce(0) { $0 << 8 | $1 }

  private static let strong: [(ContextKind, String)] = [
    (
      .password,
      """
      password passwd passwort passphrase passcode pwd pass passw pw userpass dbpass mypass requirepass
      masterauth bindpw rootpw bindpasswd passwords storepass keypass srcstorepass deststorepass sshpass userpw contrasena senha motdepasse kennwort wachtwoord salasana heslo haslo sifre adgangskode
      passord jelszo
      """
    ),
    (.secret, "secret clientsecret appsecret sharedsecret"),
    (.preSharedKey, "psk presharedkey"),
    (.privateKey, "privatekey privkey"),
    (.session, "phpsessid jsessionid"),
    (.awsSecretKey, "secretaccesskey"),
  ]

  private static let weak: [(ContextKind, String)] = [
    (
      .token,
      "token accesstoken authtoken refreshtoken idtoken bearertoken identitytoken bearer apitoken jwt pat"
    ),
    (.credential, "auth credential credentials creds"),
    (.apiKey, "apikey appkey"),
    (.accessKey, "accesskey accountkey sharedaccesskey sharedkey"),
    (.encryptionKey, "secretkey encryptionkey signingkey masterkey authkey encrypt"),
    (.session, "sessionid sessid sessiontoken"),
    (.cookie, "cookie"), (.snmp, "community rocommunity rwcommunity"),
  ]

  private static let keyQualifiers: [(ContextKind, String)] = [
    (
      .apiKey,
      "api app application consumer license subscription integration routing functions openai anthropic stripe sendgrid mailgun algolia admin fastly clickhouse house"
    ),
    (.accessKey, "access account shared storage service deploy ssh"),
    (
      .encryptionKey,
      "secret encryption encrypt crypto signing sign master hmac aes session auth unseal recovery root validation decryption wep certificate fernet enc tacacs"
    ),
    (.privateKey, "private priv server"),
    (.preSharedKey, "preshared"),
  ]

  private static let vendors: [(ContextKind, String)] = [
    (.datadog, "dd datadog"), (.consul, "consul nomad"), (.heroku, "heroku"), (.bootstrapToken, "bootstrap"),
    (.snmp, "snmp snmpd"),
  ]

  private static let neutral = """
    value plain text plaintext raw old new current previous hash hashed digest b64 base64 env prod production
    staging dev test default main primary secondary live sandbox str string literal confirm confirmation again
    """

  private static let about = """
    file files path paths dir directory folder name names id ids expiry expires expiration expired expire ttl type
    types length len size count limit url uri urls endpoint host port policy policies version field fields header
    prefix suffix hint reset age ref refs reference arn format class provider manager store service rotation timeout
    used usage usages authentication auth authenticator authority method methods algorithm alg status state error
    errors required enabled disabled allowed valid validity validator validation verified changed updated created
    issued at days date time times min max key kind mode source src target label labels selector mount volume
    command cmd prompt program script strength quality rules rule server client user users username group cache
    request requests response bucket list lists map set policyname attempts failures failed count counts
    encryption generator handler factory exception helper hasher hashers encoder encoders util utils interval period duration lifetime
    agent ask lock locked unlock update change audience scope scopes issuer review reviews lookup
    """

  private static let harmless = """
    public pub max min num number total n next page prev continuation sort primary foreign partition row object
    idempotency dedup cache lock host known no has is forgot csrf syntax unexpected special stop start end
    completion prompt input output
    """

  private static let prose = """
    failed fail failure authentication invalid incorrect expired is was were are be not must should required
    requires missing mismatch does did do has have had will would can cannot could couldn't unable error errors wrong too no
    changed change updated reset for the a an of from to in on with and or user users by at as this that
    accepted rejected denied check checking checked verify verified verification success successful successfully
    ok passed unknown unchanged empty unset set using used use please enter entered re-enter retype again new
    never always only file files compat systemd ldap nis sss db winbind requisite sufficient optional include
    substack sent received generated rotated created deleted removed revoked refreshed renewed issued found
    minimum maximum length strength policy prompt request requests unexpected end got expected
    authenticating authenticated unauthorized forbidden permission access granted login logged
    """

  private static let nothing = """
    null nil none undefined true false yes no on off empty unset redacted filtered masked hidden removed n/a na
    nullptr pass str bytes bool int password passwd passphrase secret tbd todo placeholder unknown optional required enabled disabled absent present missing string
    """

  private static let schemes =
    "basic bearer token apikey key ssws splunk geniekey negotiate ntlm sharedkey jwt bot"
  private static let listSchemes =
    "digest aws4-hmac-sha256 oauth signature hawk scram-sha-256 sharedaccesssignature"
}
