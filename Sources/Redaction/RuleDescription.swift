/// How much harm a leaked secret of a kind does.
package enum Severity: String, Sendable, Comparable, CaseIterable {
  /// Identifies something and opens nothing by itself.
  case low
  /// Opens one session, one hook or a part of a service, or may be no secret at all.
  case medium
  /// Opens an account of a service, or data of one application.
  case high
  /// Opens infrastructure, source, money or other secrets.
  case critical

  package static func < (left: Severity, right: Severity) -> Bool {
    left.rank < right.rank
  }

  private var rank: Int {
    switch self {
    case .low: 0
    case .medium: 1
    case .high: 2
    case .critical: 3
    }
  }
}

/// What a rule finds, for reports and for `exhibit rules`.
package struct RuleDescription: Sendable, Equatable, Hashable {
  /// The kind in the token and the key of the counts.
  package let id: String
  /// One line for people.
  package let summary: String
  /// How much harm a leaked secret of the kind does.
  package let severity: Severity
  /// How the rule knows the secret, and what to do when one leaked; lines without a break at their end.
  package let documentation: [String]
  /// Whether the rule comes with Exhibit, and not from the host's own files.
  package let isBuiltIn: Bool
}

/// Severities and advice for the built-in rules.
enum RuleCatalog {
  static func severity(of id: String) -> Severity {
    severities[id] ?? .high
  }

  private static let severities: [String: Severity] = {
    var result: [String: Severity] = [:]
    for (severity, ids) in [(Severity.critical, critical), (.medium, medium), (.low, low)] {
      for id in ids.split(whereSeparator: \.isWhitespace) { result[String(id)] = severity }
    }
    return result
  }()

  private static let critical = """
    aws-secret-access-key aws-session-token azure-client-secret azure-storage-key azure-service-key
    azure-devops-token github-token gitlab-token bitbucket-token atlassian-token npm-token pypi-token
    rubygems-token nuget-key crates-token docker-token docker-swarm-token jfrog-token stripe-key square-token
    braintree-token plaid-token razorpay-key flutterwave-key vault-token terraform-token doppler-token
    1password-token databricks-token digitalocean-token cloudflare-key fly-token heroku-key pulumi-token
    private-key age-key kubernetes-secret consul-token okta-token salesforce-token yandex-token
    alibaba-access-key-id tencent-secret-id google-client-secret gcs-hmac-key mongodb-atlas-secret
    openshift-token bootstrap-token encryption-key aws-bedrock-key harness-token octopus-key kong-token
    paypal-token netbird-token
    """
  private static let medium = """
    slack-webhook discord-webhook teams-webhook session-id cookie mapbox-token url-query-secret
    costly-line mailchimp-key typeform-token readme-key zapier-webhook
    """
  private static let low =
    "aws-access-key-id exoscale-key email ip-address mac-address person host-name"

  /// What to do when a secret of the kind has leaked, after the kinds of what it is.
  static func remedy(for id: String) -> String {
    remedies[id]
      ?? (id.hasSuffix("webhook")
        ? "Delete the webhook where it was made, and make a new one."
        : "Revoke it where it was issued, issue a new one, and look there for its use since it was written.")
  }

  private static let remedies: [String: String] = [
    "password": "Change the password, and wherever else it was used.",
    "password-hash": "Change the password: a hash can be guessed offline.",
    "private-key":
      "Make a new key pair, replace the public key or certificate everywhere, and revoke the old one.",
    "age-key": "Make a new key and encrypt again what the old one can read.",
    "encryption-key": "Rotate the key and encrypt again what it protects.",
    "kubernetes-secret": "Rotate what the Secret holds; whoever reads the bundle has read it.",
    "jwt": "Let it expire, or change the key that signs it if it lives long.",
    "session-id": "End the session, so that the id is worth nothing.",
    "cookie": "End the session that the cookie belongs to.",
    "aws-access-key-id":
      "It names a key and opens nothing alone; deactivate the key if its secret may have leaked with it.",
    "aws-session-token": "Wait for its end (36 hours at most), or revoke the role's older sessions.",
    "costly-line":
      "Nothing was found: the line was too long to be looked at within bounds, so it was taken out.",
    "snmp-secret": "Change the community or the user's keys on every device that knows it.",
    "pre-shared-key": "Change the key on both sides.",
    "url-userinfo": "Change the password that stood in the URL.",
    "command-line-password":
      "Change the password, and hand it over by a file or the environment: every user can read a command line.",
  ]
}

extension TokenRule {
  /// One line about the form: literal, alphabet, length.
  var formLine: String {
    let before = leading.map { _ in "at least \(leadingMinimum) bytes, then " } ?? ""
    let after = minimum > 0 ? ", then at least \(minimum) bytes of its alphabet" : ""
    let head = check == .botToken ? "base64 of a number" : "\"\(literal)\""
    return "Form: \(before)\(head)\(after)\(checkText); no longest length."
  }

  private var checkText: String {
    switch check {
    case .none: ""
    case .mixed: ", letters and digits mixed"
    case .random: ", digits, capital and small letters mixed"
    case .uuid: ", which are a UUID"
    case .separator(let byte, let offsets):
      ", with \"\(String(UnicodeScalar(byte)))\" at \(offsets.map(String.init).joined(separator: " or "))"
    case .botToken: ", in three parts between dots"
    case .privateKey: ", that decode to the head of a private key"
    case .webToken: ", in two, three or five parts between dots"
    case .checksum(let checksum): ", with a valid \(checksum.rawValue) checksum"
    }
  }
}
