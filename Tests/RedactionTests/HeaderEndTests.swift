import Testing

@testable import Redaction

@Suite("Headers, cookies and forms end where they end")
struct HeaderEndTests {
  @Test(
    "the text around a secret stays whole",
    arguments: [
      (
        "curl -H \"Authorization: AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=%\" https://s3",
        "\" https://s3"
      ),
      ("curl -H 'Authorization: Digest username=\"bob\", response=\"%\"' https://x", "' https://x"),
      ("{\"cmd\":\"curl -H \\\"Authorization: OAuth a=b, oauth_signature=%\\\" h\"}", "\\\" h\"}"),
      ("Authorization: OAuth oauth_consumer_key=\"abcdefgh\", oauth_signature=\"%\"", "]"),
      ("oauth_token=%&oauth_token_secret=%&screen_name=bob", "]&screen_name=bob"),
      ("GET /x;jsessionid=%?x=1 HTTP/1.1", "]?x=1 HTTP/1.1"),
      ("map[Accept:[*/*] Cookie:[sid=%; t=%]]", "]]]"), ("Cookie: sid=%; Path=/x", "]; Path=/x"),
      ("write(1, \"Set-Cookie: a=%\\r\\nSet-Cookie: b=%; Path=/\\r\\n\", 50)", "]; Path=/\\r\\n\", 50)"),
      ("<b>password=%</b>", "]</b>"), ("password=%<br/>", "]<br/>"),
    ])
  func ends(place: String, tail: String) {
    let secret = makeSecret()
    let output = redact(place.replacing("%", with: secret))
    #expect(!leaks(of: secret, in: output), "\(output)")
    #expect(output.hasSuffix(tail), "\(output)")
    #expect(redact(output) == output)
  }

  @Test("a bracket in a password begins no tag", arguments: ["ab<cd%", "7lXR<ZQK#%", "%<x"])
  func brackets(form: String) {
    let secret = form.replacing("%", with: makeSecret())
    for text in ["DB_PASSWORD=\(secret)", "login password=\(secret) user=bob", "password: \(secret)"] {
      let output = redact(text)
      #expect(!output.contains("<"), "\(output)")
    }
  }
}
