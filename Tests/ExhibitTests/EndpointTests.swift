import Foundation
import Testing

@testable import exhibit

@Suite("The agent's address")
struct EndpointTests {
  @Test(
    "is an http or https URL with a host and no more than a path",
    arguments: [
      ("https://web-1:9464", "https://web-1:9464"), ("http://[::1]:9464/", "http://[::1]:9464"),
      ("https://proxy/exhibit//", "https://proxy/exhibit"), ("web-1:9464", nil), ("ftp://web-1", nil),
      ("https://", nil), ("https:///x", nil), ("https://a b", nil), ("https://host?x", nil),
      ("https://user@host", nil),
    ] as [(String, String?)])
  func parse(_ text: String, _ url: String?) {
    #expect(AgentEndpoint.server(parsing: text) == url.map { .server($0) })
  }

  @Test(
    "keeps each segment of a path one segment",
    arguments: ["INC-1", "..", ".", "a/b", "a?b#c", "%2e%2e", "ü 東", "a.b", "\u{0}\n"])
  func segments(_ text: String) throws {
    let url = AgentEndpoint.server("http://h").url(path: ["v1", text], query: [(name: "c", value: text)])
    let path = try #require(url.split(separator: "?").first)
    #expect(path.split(separator: "/", omittingEmptySubsequences: false).count == 5)
    #expect(!path.hasSuffix("/..") && !path.hasSuffix("/."))
    let encoded = try #require(path.split(separator: "/").last)
    #expect(String(encoded).removingPercentEncoding == text)
  }

  @Test("of a socket stands in the host part")
  func socket() {
    let url = AgentEndpoint.socket("/run/a b/x.sock").url(path: ["healthz"], query: [])
    #expect(url == "http+unix://%2Frun%2Fa%20b%2Fx.sock/healthz")
  }
}
