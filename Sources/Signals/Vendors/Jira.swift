internal import Evidence

extension SignalSource {
  /// Webhooks of Jira and Jira Service Management about issues
  /// (https://developer.atlassian.com/cloud/jira/platform/webhooks/,
  /// https://developer.atlassian.com/cloud/jira/service-desk/automation-webhooks/): a project's incidents, as its filter selects them.
  /// Signed as `X-Hub-Signature: sha256=…` where the webhook has a secret.
  static let jira = SignalSource(
    name: "jira", product: "Jira and Jira Service Management (issues)",
    scheme: .hmac(HMACScheme(header: "X-Hub-Signature", prefix: "sha256=")), bodiesDiffer: true
  ) { root, _ throws(SignalError) in
    let issue = root["issue"]
    let fields = issue["fields"]
    // An automation rule sends the issue alone, for a reason that it knows.
    let isAutomation = issue.exists && !root["webhookEvent"].exists
    let type = isAutomation ? "automation" : try root["webhookEvent"].required()
    let phase: SignalPhase
    switch type {
    case "jira:issue_created": phase = .opened
    case "automation": phase = isDone(fields) ? .resolved : .opened
    case "jira:issue_updated": phase = isDone(fields) ? .resolved : .updated
    case "jira:issue_deleted": phase = .closed
    default: return .ignored(type)
    }
    var draft = SignalDraft(key: try issue["key"].required(), phase: phase)
    draft.incidentID = draft.key
    draft.title = fields["summary"].text
    draft.severity = fields["priority"]["name"].text
    draft.service = fields["components"].items.first?["name"].text
    draft.times = SignalTimes(
      detected: fields["created"].time, resolved: fields["resolutiondate"].time,
      occurred: root["timestamp"].time)
    draft.labels = [
      "project": fields["project"]["key"].text, "issue_type": fields["issuetype"]["name"].text,
      "status": fields["status"]["name"].text,
      "labels": fields["labels"].items.compactMap(\.text).joined(separator: ",").trimmed,
    ].compactMapValues(\.self)
    draft.links = [IncidentLink("Jira", page(of: issue, key: draft.key))]
    return draft
  }
}

/// Names of statuses are the project's, their categories are Jira's. Old servers send no category.
private func isDone(_ fields: JSONPlace) -> Bool {
  fields["status"]["statusCategory"]["key"].text == "done" || fields["resolution"]["name"].text != nil
}

/// `self` is the API's address; the page is beside it.
private func page(of issue: JSONPlace, key: String) -> String? {
  guard let address = issue["self"].text, let end = address.firstRange(of: "/rest/")?.lowerBound else {
    return nil
  }
  return "\(address[..<end])/browse/\(key)"
}
