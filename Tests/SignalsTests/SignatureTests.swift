import Crypto
import Evidence
import Foundation
import Signals
import Testing

/// One scheme, and how a sender who knows the secret uses it.
struct SchemeCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let scheme: SignatureScheme
  let secret: Secret
  let other: Secret
  /// The headers of a body that is sent at a time.
  let sign: @Sendable (_ body: [UInt8], _ seconds: Int64, _ secret: Secret) -> [(name: String, value: String)]
}

private func mac(_ text: [UInt8], _ secret: Secret) -> [UInt8] {
  Array(HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: secret.bytes)))
}

private func hex(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

private func key(_ secret: Secret) -> [UInt8] {
  Array(Data(base64Encoded: Data(secret.bytes.dropFirst(6))) ?? Data())
}

private func hmacCase(
  _ name: String, _ scheme: HMACScheme,
  _ sign: @escaping @Sendable ([UInt8], Int64, Secret) -> [(String, String)]
) -> SchemeCase {
  SchemeCase(
    testDescription: name, scheme: .hmac(scheme), secret: Secret(bytes("secret-one")),
    other: Secret(bytes("secret-two"))
  ) { body, seconds, secret in sign(body, seconds, secret).map { (name: $0.0, value: $0.1) } }
}

private let hmacCases = [
  hmacCase("hexadecimal of the body", HMACScheme(header: "X-Signature")) { body, _, secret in
    [("x-signature", hex(mac(body, secret)))]
  },
  hmacCase("base64 of the body", HMACScheme(header: "X-Signature", encoding: .base64)) { body, _, secret in
    [("X-SIGNATURE", Data(mac(body, secret)).base64EncodedString())]
  },
  hmacCase("a prefix", HMACScheme(header: "X-Hub-Signature-256", prefix: "sha256=")) { body, _, secret in
    [("X-Hub-Signature-256", "sha256=" + hex(mac(body, secret)).uppercased())]
  },
  hmacCase(
    "a time in a header of its own",
    HMACScheme(header: "X-Signature", time: .init(.header("X-Time"), separator: ":"))
  ) { body, seconds, secret in
    [("X-Signature", hex(mac(bytes("\(seconds):") + body, secret))), ("X-Time", "\(seconds)")]
  },
  hmacCase(
    "a time beside the signature, without a separator",
    HMACScheme(header: "X-Signature", prefix: "v1=", time: .init(.element("t"), separator: ""))
  ) { body, seconds, secret in
    [("X-Signature", "t=\(seconds), v1=\(hex(mac(bytes("\(seconds)") + body, secret)))")]
  },
]

private let standardCase = SchemeCase(
  testDescription: "Standard Webhooks v1", scheme: .standardWebhooks,
  secret: Secret(bytes("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")),
  other: Secret(bytes("whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
) { body, seconds, secret in
  let signed = mac(bytes("msg_1.\(seconds).") + body, Secret(key(secret)))
  return [
    ("webhook-id", "msg_1"), ("webhook-timestamp", "\(seconds)"),
    ("webhook-signature", "v1,\(Data(signed).base64EncodedString())"),
  ]
}

private let plainCases = [
  SchemeCase(
    testDescription: "a bearer token", scheme: .bearer, secret: Secret(bytes("secret-one")),
    other: Secret(bytes("secret-two"))
  ) { _, _, secret in [("Authorization", "bEARER \(String(decoding: secret.bytes, as: UTF8.self))")] },
  SchemeCase(
    testDescription: "basic authentication", scheme: .basic, secret: Secret(bytes("me:secret-one")),
    other: Secret(bytes("me:secret-two"))
  ) { _, _, secret in [("authorization", "Basic \(Data(secret.bytes).base64EncodedString())")] },
  SchemeCase(
    testDescription: "a secret in a header", scheme: .header("X-Gitlab-Token"),
    secret: Secret(bytes("secret-one")), other: Secret(bytes("secret-two"))
  ) { _, _, secret in [("X-Gitlab-Token", String(decoding: secret.bytes, as: UTF8.self))] },
]

private let timedCases = [hmacCases[3], hmacCases[4], standardCase]

@Suite("Signature schemes")
struct SignatureTests {
  static let signing = hmacCases + [standardCase]
  static let all = signing + plainCases
  static let timed = timedCases

  let now = Timestamp(seconds: 1_800_000_000)
  let body = bytes("{\"incident\":\"INC-7\"}")

  func verify(
    _ scheme: SchemeCase, body: [UInt8], headers: [(name: String, value: String)], secrets: [Secret]
  ) throws(SignatureError) -> Authenticity {
    try scheme.scheme.verify(
      SignedRequest(headers: headers, body: body), secrets: secrets, now: now, window: 300)
  }

  @Test("lets in who knows a secret, whichever of several it is", arguments: all)
  func authentic(scheme: SchemeCase) throws {
    let headers = scheme.sign(body, now.seconds, scheme.secret)
    for secrets in [[scheme.secret], [scheme.other, scheme.secret], [scheme.secret, scheme.other]] {
      _ = try verify(scheme, body: body, headers: headers, secrets: secrets)
    }
  }

  @Test("keeps out who knows another secret, or none, and everybody where there is none", arguments: all)
  func wrongSecret(scheme: SchemeCase) {
    let wrong = scheme.sign(body, now.seconds, scheme.other)
    #expect(throws: SignatureError.mismatch) {
      try verify(scheme, body: body, headers: wrong, secrets: [scheme.secret])
    }
    let right = scheme.sign(body, now.seconds, scheme.secret)
    #expect(throws: SignatureError.mismatch) { try verify(scheme, body: body, headers: right, secrets: []) }
    let missing = #expect(throws: SignatureError.self) {
      try verify(scheme, body: body, headers: [], secrets: [scheme.secret])
    }
    guard case .missing = missing else {
      Issue.record("\(String(describing: missing)) for a request without a signature")
      return
    }
  }

  @Test("notices every changed bit of a body", arguments: signing)
  func alteredBody(scheme: SchemeCase) {
    let headers = scheme.sign(body, now.seconds, scheme.secret)
    for index in body.indices {
      var altered = body
      altered[index] ^= 1
      #expect(throws: SignatureError.mismatch) {
        try verify(scheme, body: altered, headers: headers, secrets: [scheme.secret])
      }
    }
    #expect(throws: SignatureError.mismatch) {
      try verify(scheme, body: body + bytes(" "), headers: headers, secrets: [scheme.secret])
    }
  }

  @Test("takes a signed time within the window, either way, and no other", arguments: timed)
  func staleTimestamp(scheme: SchemeCase) throws {
    for age in [-300, 0, 300] as [Int64] {
      let headers = scheme.sign(body, now.seconds - age, scheme.secret)
      _ = try verify(scheme, body: body, headers: headers, secrets: [scheme.secret])
    }
    for age in [-301, 301, 86_400] as [Int64] {
      let headers = scheme.sign(body, now.seconds - age, scheme.secret)
      #expect(throws: SignatureError.stale(seconds: age, window: 300)) {
        try verify(scheme, body: body, headers: headers, secrets: [scheme.secret])
      }
    }
  }

  @Test("a fresh time does not revive an old signature", arguments: timed)
  func alteredTimestamp(scheme: SchemeCase) {
    let old = scheme.sign(body, now.seconds - 86_400, scheme.secret)
    let renewed = old.map {
      (name: $0.name, value: $0.value.replacing("\(now.seconds - 86_400)", with: "\(now.seconds)"))
    }
    #expect(throws: SignatureError.mismatch) {
      try verify(scheme, body: body, headers: renewed, secrets: [scheme.secret])
    }
  }

  @Test("the same request again is told by what identifies it", arguments: signing)
  func replay(scheme: SchemeCase) throws {
    func identity(_ body: [UInt8], _ seconds: Int64, _ secrets: [Secret]) throws -> Authenticity {
      let headers = scheme.sign(body, seconds, secrets[0])
      return try verify(scheme, body: body, headers: headers, secrets: secrets)
    }
    let first = try identity(body, now.seconds, [scheme.secret])
    #expect(first.deliveryID != nil || first.digest?.count == 32)
    #expect(try identity(body, now.seconds, [scheme.secret, scheme.other]) == first)
    if first.deliveryID == nil {
      #expect(try identity(body + bytes(" "), now.seconds, [scheme.secret]) != first)
    }
  }

  @Test("one right signature among several is enough", arguments: signing)
  func severalSignatures(scheme: SchemeCase) throws {
    let name =
      scheme.sign(body, now.seconds, scheme.secret).first { $0.name.lowercased().hasSuffix("signature") }?
      .name
      ?? "X-Hub-Signature-256"
    let right = scheme.sign(body, now.seconds, scheme.secret)
    let wrong = scheme.sign(body, now.seconds, scheme.other).filter { $0.name == name }
    let separator = scheme.scheme == .standardWebhooks ? " " : ", "
    for headers in [wrong + right, right + wrong] {
      let values = headers.filter { $0.name == name }.map(\.value)
      let joined =
        headers.filter { $0.name != name } + [(name: name, value: values.joined(separator: separator))]
      _ = try verify(scheme, body: body, headers: joined, secrets: [scheme.secret])
    }
  }

  @Test("more signatures than anybody sends are refused before they cost anything", arguments: hmacCases)
  func manySignatures(scheme: SchemeCase) throws {
    let right = scheme.sign(body, now.seconds, scheme.secret)
    let many = right.map {
      (name: $0.name, value: Array(repeating: $0.value, count: 100).joined(separator: ","))
    }
    let error = #expect(throws: SignatureError.self) {
      try verify(scheme, body: body, headers: many, secrets: [scheme.secret])
    }
    guard case .malformed = error else {
      Issue.record("\(String(describing: error)) for 100 signatures")
      return
    }
  }

  @Test(
    "what is no signature is refused",
    arguments: [
      "", " ", ",", "=", "v1=", "v1", "v1,", "zz", "0", "t=", "t=x,v1=00", "t=-1,v1=00", "v1=\u{e9}",
      "Bearer", "Basic !",
      "t=99999999999999999999,v1=00",
    ])
  func malformed(value: String) {
    for scheme in Self.all {
      let names = scheme.sign(body, now.seconds, scheme.secret).map(\.name)
      let error = #expect(throws: SignatureError.self) {
        try verify(scheme, body: body, headers: names.map { ($0, value) }, secrets: [scheme.secret])
      }
      #expect(error?.description.isEmpty == false)
    }
  }

  @Test("a secret in the URL is looked for where it was said to be, and only there")
  func query() throws {
    let scheme = SignatureScheme.query("key")
    func verify(_ query: [String: String]) throws {
      let request = SignedRequest(headers: [("key", "s3cret")], query: query, body: body)
      _ = try scheme.verify(request, secrets: [Secret(bytes("s3cret"))], now: now, window: 300)
    }
    try verify(["key": "s3cret"])
    #expect(throws: SignatureError.mismatch) { try verify(["key": "other"]) }
    #expect(throws: SignatureError.missing(header: "\"key\" in its URL")) { try verify(["token": "s3cret"]) }
  }

  @Test("a secret that a scheme cannot use is reported when it is read, without its text")
  func secretProblems() {
    for text in ["whsec_!", "whpk_AAAA", "not base64"] {
      let problem = SignatureScheme.standardWebhooks.problem(of: Secret(bytes(text)))
      #expect(problem?.contains("whsec_") == true && problem?.contains("AAAA") == false)
    }
    #expect(SignatureScheme.basic.problem(of: Secret(bytes("password"))) != nil)
    #expect(SignatureScheme.bearer.problem(of: Secret(bytes("password"))) == nil)
    #expect("\(Secret(bytes("hunter2"))) \([Secret(bytes("hunter2"))])".contains("hunter2") == false)
  }
}
