internal import Evidence
internal import HTTPTypes
internal import Hummingbird
internal import Signals
internal import Storage

extension API {
  /// `POST /v1/signals/{source}`, and the handshake of CloudEvents' webhooks.
  ///
  /// A source with secrets is authenticated by its signature, every other one by a token of the role `signal`.
  func addSignalRoutes(to group: RouterGroup<APIContext>, guarding role: RequireRole) {
    group.post("signals/:source") { request, context in
      let name = try context.parameters.require("source")
      let current = settings.value.sources
      var principal = "source:\(name)"
      if current[name]?.secrets.isEmpty ?? true || role.door == .socket {
        principal = try await role.admit(request, context).principal
      }
      guard var source = current[name] else {
        let known = current.names.joined(separator: ", ")
        throw Problem(.notFound, "there is no signal source of that name; known: \(known)")
      }
      // The socket's file mode says who may write to it.
      if role.door == .socket { source.secrets = [] }
      let outcome = try await accept(source, request, context, role)
      // Each of a batch: the incident is what is asked for later. One that changed nothing is not waited for, so that a
      // storm of them costs no time.
      for acceptance in outcome.acceptances {
        guard !acceptance.duplicate else {
          audit.record(
            "signal.accepted", by: principal, from: context.remote, subject: acceptance.incidentID ?? name,
            detail: acceptance.auditDetail)
          continue
        }
        await audit.settle(
          "signal.accepted", by: principal, from: context.remote, subject: acceptance.incidentID ?? name,
          detail: acceptance.auditDetail)
      }
      return try jsonResponse(SignalAnswer(outcome), status: .accepted)
    }
    group.on("signals/:source", method: .options) { request, context in
      let name = try context.parameters.require("source")
      guard settings.value.sources[name] != nil else {
        throw Problem(.notFound, "there is no source of that name")
      }
      return webhookHandshake(request)
    }
  }

  private func accept(
    _ source: RegisteredSource, _ request: Request, _ context: APIContext, _ role: RequireRole
  ) async throws -> SignalIntake.Outcome {
    let delivery = SignalIntake.Delivery(
      source: source,
      request: SignedRequest(
        headers: request.headers.map { (name: $0.name.canonicalName, value: $0.value) },
        query: Dictionary(
          request.uri.queryParameters.map { (String($0.key), String($0.value)) },
          uniquingKeysWith: { first, _ in first }),
        body: try await body(of: request)),
      storableHeaders: storableHeaders(request.headers))
    do {
      return try await intake.accept(delivery)
    } catch let error as SignatureError {
      throw await role.refused(request, by: "source:\(source.source.name)", context, Problem(error))
    }
  }

  /// CloudEvents HTTP webhook 1.0.2, section 4: says to whom events may be sent. Whether they are taken is decided by
  /// their own authentication.
  private func webhookHandshake(_ request: Request) -> Response {
    var headers: HTTPFields = [.allow: "OPTIONS, POST"]
    if let field = HTTPField.Name("WebHook-Allowed-Origin"),
      let origin = request.headers[HTTPField.Name("WebHook-Request-Origin")]
    {
      headers[field] = origin
      if let rate = HTTPField.Name("WebHook-Allowed-Rate"),
        request.headers[HTTPField.Name("WebHook-Request-Rate")] != nil
      {
        headers[rate] = "*"
      }
    }
    return Response(status: .ok, headers: headers)
  }
}

extension Acceptance {
  /// `opened, capture 01J…`.
  var auditDetail: String {
    phase.rawValue + (captureID.map { ", capture \($0)" } ?? "") + (duplicate ? ", duplicate" : "")
  }
}

/// What became of a delivery: of its only signal, or of each in a batch.
struct SignalAnswer: Encodable {
  var acceptances: [AcceptanceAnswer]
  var remarks: [String]

  init(_ outcome: SignalIntake.Outcome) {
    acceptances = outcome.acceptances.map { AcceptanceAnswer($0) }
    remarks = outcome.remarks
  }

  enum CodingKeys: String, CodingKey {
    case signals, remarks
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    if acceptances.count == 1 {
      try acceptances[0].encode(to: encoder)
    } else {
      try container.encode(acceptances, forKey: .signals)
    }
    if !remarks.isEmpty { try container.encode(remarks, forKey: .remarks) }
  }
}
