internal import Deploys
internal import Evidence
internal import HTTPTypes
internal import Hummingbird
internal import Signals

extension API {
  /// - Parameters:
  ///   - group: `v1`, without a role: signatures take the place of tokens here.
  ///   - gate: lets in who has the role `deploy`.
  func addDeployRoutes(to group: RouterGroup<APIContext>, gate: RequireRole) {
    group.post("deploys/:source") { request, context in
      let name = try context.parameters.require("source")
      let source = DeploySource(rawValue: name)
      // Who is nobody is told nothing, not even which sources there are.
      let (principal, body) = try await admit(request, context, source: source, gate: gate)
      guard let source else {
        let known = DeploySource.allCases.map(\.rawValue).joined(separator: ", ")
        throw Problem(.notFound, "there is no deploy source of that name; known: \(known)")
      }
      let delivery = DeployIntake.Delivery(
        source: source, sender: gate.door == .socket && source == .generic ? "cli" : nil, body: body,
        headers: deliveryHeaders(request.headers))
      let recorded = try await deploys.record(delivery)
      for deploy in recorded {
        await audit.settle(
          "deploy.recorded", by: principal, from: context.remote, subject: deploy.deployID)
      }
      return try jsonResponse(DeployAnswer(recorded), status: .accepted)
    }
  }

  /// - Returns: who sends, and the body, which a signature was checked against where there was no token.
  private func admit(
    _ request: Request, _ context: APIContext, source: DeploySource?, gate: RequireRole
  ) async throws -> (principal: String, body: [UInt8]) {
    guard gate.door == .network, let source, let scheme = source.signatureScheme,
      let secrets = settings.value.deploySecrets[source], request.headers[.authorization] == nil
    else {
      let principal = try await gate.admit(request, context).principal
      return (principal, try await body(of: request))
    }
    let body = try await body(of: request)
    let signed = SignedRequest(
      headers: request.headers.map { (name: $0.name.canonicalName, value: $0.value) }, body: body)
    do throws(SignatureError) {
      _ = try scheme.verify(signed, secrets: secrets, now: .now(), window: DeploySource.signatureWindow)
    } catch {
      throw await gate.refused(
        request, by: "webhook:\(source.rawValue)", context, Problem(.unauthorized, "\(error)"))
    }
    return ("webhook:\(source.rawValue)", body)
  }
}

private func deliveryHeaders(_ headers: HTTPFields) -> [String: String] {
  DeployDecoder.headerNames.reduce(into: [:]) { found, name in found[name] = headers[HTTPField.Name(name)] }
}
