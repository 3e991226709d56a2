internal import Deploys
internal import Signals

extension DeploySource {
  /// Seconds by which a signed time may differ from ours: five minutes, as Standard Webhooks has it.
  static let signatureWindow: Int64 = 300

  /// How the source signs; `nil` where it does not, and a bearer token is all there is.
  var signatureScheme: SignatureScheme? {
    switch self {
    // https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    case .github: .hmac(HMACScheme(header: "X-Hub-Signature-256", prefix: "sha256="))
    // https://docs.gitlab.com/user/project/integrations/webhooks/: the secret itself.
    case .gitlab: .header("X-Gitlab-Token")
    // https://fluxcd.io/flux/components/notification/providers/#generic-webhook-with-hmac
    case .flux: .hmac(HMACScheme(header: "X-Signature", prefix: "sha256="))
    // Their templates, brokers and scripts set the headers that they are told to.
    case .cdevents, .spinnaker, .generic: .standardWebhooks
    case .argocd: nil
    }
  }
}
