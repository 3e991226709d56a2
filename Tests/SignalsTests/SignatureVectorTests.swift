import Evidence
import Foundation
import Signals
import Testing

/// A row of `signature-vectors.json`: answers that the vendors published, or that their own code gave.
private struct Vector: Decodable {
  let scheme: String
  let header: String?
  let headers: [String: String]?
  let secret: String
  let body: String?
  let bodyFile: String?
  let value: String

  enum CodingKeys: String, CodingKey {
    case scheme, header, headers, secret, body, value
    case bodyFile = "body_file"
  }
}

@Suite("Published signatures")
struct SignatureVectorTests {
  static let schemes: [String: SignatureScheme] = [
    "pagerduty-v3": .hmac(HMACScheme(header: "X-PagerDuty-Signature", prefix: "v1=")),
    "standard-webhooks-v1": .standardWebhooks,
    "github": .hmac(HMACScheme(header: "X-Hub-Signature-256", prefix: "sha256=")),
    "grafana-alerting": .hmac(HMACScheme(header: "X-Grafana-Alerting-Signature")),
  ]

  @Test("are all found right, and wrong with any other body")
  func vectors() throws {
    let vectors = try JSONDecoder().decode([Vector].self, from: Data(fixture("signature-vectors.json")))
    #expect(Set(vectors.map(\.scheme)) == Set(Self.schemes.keys))
    for vector in vectors {
      let scheme = try #require(Self.schemes[vector.scheme])
      let body = try vector.bodyFile.map(fixture) ?? bytes(try #require(vector.body))
      var headers = (vector.headers ?? [:]).map { (name: $0.key, value: $0.value) }
      headers.append((name: vector.header ?? "webhook-signature", value: vector.value))
      let sentAt = vector.headers?["webhook-timestamp"].flatMap { Int64($0) } ?? 0
      func verify(_ body: [UInt8]) throws {
        _ = try scheme.verify(
          SignedRequest(headers: headers, body: body), secrets: [Secret(bytes(vector.secret))],
          now: Timestamp(seconds: sentAt), window: 300)
      }
      try verify(body)
      #expect(throws: SignatureError.mismatch, "\(vector.scheme)") { try verify(body + bytes(" ")) }
    }
  }

  /// Computed by `openssl dgst -sha256 -hmac` over the time, the separator and the body.
  @Test(
    "with a time, as openssl computes them",
    arguments: [
      (
        HMACScheme(header: "X-Rootly-Signature", prefix: "v1=", time: .init(.element("t"), separator: "")),
        [
          (
            "X-Rootly-Signature",
            "t=1492774588,v1=3adcf583bdded433eb4dcd8b154a7d8196a54a317c38fbeb447dd190fb71a500"
          )
        ],
        "rootly-secret", "{\"event\":{}}", 1_492_774_588
      ),
      (
        HMACScheme(header: "X-Sig", time: .init(.header("X-Time"), separator: ":")),
        [
          ("X-Sig", "1ef68285204cb5625ebf90f40acb66ff76c669770703083872a07f5b7f36e971"),
          ("X-Time", "1595426200"),
        ], "grafana-secret", "{\"a\":1}", 1_595_426_200
      ),
      (
        HMACScheme(header: "X-Sig", encoding: .base64),
        [("X-Sig", "ff0EgI1lD2mZkF7V5eBC5xxKboZQU0k5IjzT7J8zrjM=")], "sentry-secret", "{\"a\":1}", 0
      ),
    ] as [(HMACScheme, [(String, String)], String, String, Int64)])
  func timed(
    scheme: HMACScheme, headers: [(String, String)], secret: String, body: String, seconds: Int64
  ) throws {
    let request = SignedRequest(headers: headers.map { (name: $0.0, value: $0.1) }, body: bytes(body))
    _ = try SignatureScheme.hmac(scheme).verify(
      request, secrets: [Secret(bytes(secret))], now: Timestamp(seconds: seconds), window: 300)
  }

  /// The key is that of RFC 8032, section 7.1, test 1; the signature is by `openssl pkeyutl -sign -rawin`.
  @Test("of Standard Webhooks v1a are found right beside one of v1, and only by the public key")
  func ed25519() throws {
    let body = bytes("{\"test\": 2432232314}")
    let signature =
      "v1a,fldxM4gAKugP6nnt1hdz3sgGfZ6d99nzrMFnZOELIxbzEHoVmAb2ADpkJK7zgPePmPsle0zV9jSeGlHFG2NVAw=="
    let publicKey = Secret(bytes("whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="))
    let symmetric = Secret(bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
    func verify(_ signature: String, _ secret: Secret, family: String = "webhook") throws -> Authenticity {
      let headers = [
        (name: "\(family)-id", value: "msg_p5jXN8AQM9LWM0D4loKWxJek"),
        (name: "\(family)-timestamp", value: "1614265330"), (name: "\(family)-signature", value: signature),
      ]
      return try SignatureScheme.standardWebhooks.verify(
        SignedRequest(headers: headers, body: body), secrets: [secret],
        now: Timestamp(seconds: 1_614_265_330),
        window: 300)
    }
    #expect(try verify(signature, publicKey).deliveryID == "msg_p5jXN8AQM9LWM0D4loKWxJek")
    let both = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= \(signature)"
    _ = try verify(both, publicKey)
    _ = try verify(both, symmetric, family: "svix")
    #expect(throws: SignatureError.mismatch) { try verify(signature, symmetric) }
    // A public key is no HMAC key: who knows it may not sign with it.
    #expect(throws: SignatureError.mismatch) { try verify(signature.replacing("v1a", with: "v1"), publicKey) }
  }
}
