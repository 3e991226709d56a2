/// Texts that look like a kind's secrets and are none.
extension SecretKind {
  /// At least three for each of the patterns.
  func nearMisses(using generator: inout SeededGenerator) -> [String] {
    keys.isEmpty
      ? patterns.flatMap { tokenMisses($0, &generator) }
      : keys.flatMap { key in Self.noValues.map { $0.replacing("§", with: key) } }
  }

  private func tokenMisses(_ pattern: SecretPattern, _ generator: inout SeededGenerator) -> [String] {
    let prefix = pattern.prefix
    let token = pattern.example(isValid: true, using: &generator)
    guard prefix.utf8.count >= 2 else { return suffixMisses(token, &generator) }
    let body = token.dropFirst(prefix.count)
    return [
      "see \(prefix) for details", "\(prefix)\(String(repeating: "x", count: body.count))",
      "\(prefix)\(String(repeating: "*", count: min(24, body.count)))", "\(prefix)<your-token-here>",
      "\(prefix)\(body.prefix(3)) is too short", "\(prefix)...", "prefix=\(prefix)",
      "^\(prefix)[A-Za-z0-9]{20,}$",
    ]
  }

  /// A token without a literal before it: what is common to it and to digests and ids.
  private func suffixMisses(_ token: String, _ generator: inout SeededGenerator) -> [String] {
    let digest = random(hexDigits, 64, using: &generator)
    return [
      "sha256:\(digest)", "etag \"\(digest.prefix(32))\"", "commit \(digest.prefix(40))",
      "id=\(digest.prefix(16))",
    ]
  }

  /// Lines of configuration and code in which a secret's key has a value that is none.
  static let noValues: [String] = [
    "§=", "§: null", "\"§\": null", "§ = \"\"", "§=${§}", "§: ${SOME_NAME}", "§=$SOME_NAME",
    "§: \"{{ .Values.x }}\"",
    "§: {{ vault_item }}", "§=********", "§=xxxxxxxxxxxx", "§: <your-value>", "§: \"<REDACTED>\"", "§=%s",
    "§ = var.some_name", "§ = os.environ[\"SOME_NAME\"]", "§: process.env.SOME_NAME",
    "§=$(cat /run/secrets/x)",
    "§: /run/secrets/x", "§ = getenv(\"SOME_NAME\")", "connect(§=§)", "§: !vault |",
    "§: vault:secret/data/x#y",
    "§ = local.some_name", "§ = self.some_name", "§: *anchor", "§: &anchor", "\"§\": { \"valueFrom\": 1 }",
    "§: required", "§ is missing", "no § given", "§_FILE=/run/secrets/x", "§: changed for user bob",
    "§=[REDACTED]", "§: ENC[AES256_GCM,data:x]", "§: arn:aws:secretsmanager:eu-west-1:123456789012:secret:x",
    "§: ${{ secrets.SOME_NAME }}", "§ = config.get('name')", "§: your_§_here", "\"§\": \"your-§\"",
    "§ = \"${var.some_name}\"", "§: projects/x/secrets/y/versions/1", "§: op://vault/item/field",
  ]
}
