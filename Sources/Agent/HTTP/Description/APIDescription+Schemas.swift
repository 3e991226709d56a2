internal import Evidence
internal import Storage

/// The parts that operations refer to (JSON Schema 2020-12).
extension APIDescription {
  static let queryParameters: [String: JSONNode] = [
    "incident_state": parameter("state", choice(IncidentState.self)),
    "capture_state": parameter("state", choice(CaptureState.self)),
    "phase": parameter("phase", choice(CapturePhase.self)),
    "source": parameter("source", word),
    "severity": parameter("severity", word),
    "incident": parameter("incident", word),
    "subject": parameter("subject", word),
    "action": parameter("action", word),
    "since": parameter("since", time),
    "until": parameter("until", time),
    "held": parameter("held", ["type": "boolean"]),
    "cursor": parameter("cursor", ["type": "string", "description": "next of the page before, as it is"]),
    "limit": parameter(
      "limit",
      [
        "type": "integer", "minimum": 1, "maximum": .number(ListQuery.largestLimit),
        "default": .number(ListQuery.defaultLimit),
      ]),
  ]

  static let schemas: [String: JSONNode] = [
    "Anything": [:],
    "Problem": object(
      ["type": text, "title": text, "status": ["type": "integer"], "detail": text],
      optional: ["field": ["type": "string", "description": "JSON Pointer (RFC 6901) of the field at fault"]]),
    "Acceptance": acceptance,
    "SignalAnswer": [
      "anyOf": [
        reference("Acceptance"),
        object(["signals": list("Acceptance")], optional: ["remarks": texts]),
      ]
    ],
    "DeployAnswer": object(
      ["duplicate": flag, "recorded": count], optional: ["deploy_id": nullableText]),
    "Incident": incident,
    "IncidentList": page("incidents", "Incident"),
    "CaptureRequest": request([:], optional: ["title": nullableText, "severity": nullableText]),
    "Capture": capture,
    "CaptureList": page("captures", "Capture"),
    "Bundle": bundle,
    "BundleList": page("bundles", "Bundle"),
    "HoldRequest": request(
      [
        "reason": ["type": "string", "minLength": 1, "maxLength": .number(StateDatabase.holdReasonLimit)]
      ],
      optional: ["kind": nullable(choice(HoldKind.self))]),
    "Hold": object([
      "incident_id": text, "kind": choice(HoldKind.self), "reason": text, "placed_at": time,
      "placed_by": text,
    ]),
    "FileList": object(["files": list("File")]),
    "File": object(
      ["path": text, "kind": text, "media_type": text, "bytes": count, "sha256": digest, "state": text],
      optional: ["records": count, "first": time, "last": time]),
    "ReaderList": object(["readers": ["type": "array", "items": ["type": "object"]]]),
    "AuditList": object(
      [
        "entries": [
          "type": "array",
          "items": object([
            "sequence": count, "at": time, "action": text, "principal": text, "remote": text, "subject": text,
            "hash": text,
          ]),
        ]
      ], optional: ["next": text]),
    "TokenRequest": request(
      ["name": ["type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"], "roles": roles],
      optional: ["expires_at": nullable(time), "incidents": nullable(texts), "conditions": nullable(texts)]),
    "Token": token,
    "TokenList": object(["tokens": list("Token")]),
    "CheckList": object(["checks": list("Check")]),
    "Check": object(
      ["name": text, "state": choice(Check.State.self), "detail": text], optional: ["remedy": text]),
    "WatchStatus": object(
      ["mechanism": text, "folders": count], optional: ["reason": text, "shortfall": text]),
  ]

  private static let roles: JSONNode = ["type": "array", "minItems": 1, "items": choice(TokenRole.self)]

  private static let token = object(
    ["name": text, "roles": texts, "kind": text, "incidents": texts, "conditions": texts],
    optional: [
      "created_at": time, "created_by": text, "expires_at": time, "last_used_at": time,
      "last_used_from": text, "revoked_at": time,
      "token": ["type": "string", "description": "Only in the answer to who made it."],
    ])

  private static let acceptance = object([
    "incident_id": nullableText, "phase": text, "capture_id": nullableText, "duplicate": flag,
  ])

  private static let incident = object(
    [
      "id": text, "key": text, "source": text, "title": text, "state": choice(IncidentState.self),
      "opened_at": time, "updated_at": time, "labels": ["type": "object", "additionalProperties": text],
      "links": ["type": "array"], "captures": list("Capture"),
    ],
    optional: [
      "severity": text, "started_at": time, "detected_at": time, "closed_at": time,
      "moments": ["type": "array"],
      "acknowledged_at": time, "mitigated_at": time,
      "resolved_at": time, "hold": reference("Hold"),
    ])

  private static let capture = object(
    [
      "id": identifier, "incident_id": text, "phase": choice(CapturePhase.self), "sequence": count,
      "state": choice(CaptureState.self), "requested_at": time, "attempts": count,
    ],
    optional: [
      "finished_at": time, "error": text, "progress": text, "steps_done": count, "steps_total": count,
      "bundle": reference("Bundle"), "bundle_expired_at": time,
    ])

  private static let bundle = object([
    "id": identifier, "incident_id": text, "name": text, "bytes": count, "sha256": digest,
    "created_at": time, "completeness": ["type": "number", "minimum": 0, "maximum": 1], "gaps": count,
    "redactions": count,
  ])

  // MARK: Words

  private static let text: JSONNode = ["type": "string"]
  private static let nullableText: JSONNode = ["type": ["string", "null"]]
  private static let texts: JSONNode = ["type": "array", "items": ["type": "string"]]
  private static let word: JSONNode = [
    "type": "string", "minLength": 1, "maxLength": .number(ListQuery.longestText),
  ]
  private static let flag: JSONNode = ["type": "boolean"]
  private static let count: JSONNode = ["type": "integer", "minimum": 0]
  private static let time: JSONNode = ["type": "string", "format": "date-time"]
  private static let digest: JSONNode = ["type": "string", "pattern": "^[0-9a-f]{64}$"]
  /// A ULID.
  private static let identifier: JSONNode = ["type": "string", "pattern": "^[0-9A-HJKMNP-TV-Z]{26}$"]

  private static func nullable(_ schema: JSONNode) -> JSONNode { ["anyOf": [schema, ["type": "null"]]] }

  private static func reference(_ schema: String) -> JSONNode {
    ["$ref": .text("#/components/schemas/\(schema)")]
  }

  private static func list(_ schema: String) -> JSONNode {
    ["type": "array", "items": reference(schema)]
  }

  private static func page(_ name: String, _ schema: String) -> JSONNode {
    object([name: list(schema)], optional: ["next": text])
  }

  private static func object(
    _ required: [String: JSONNode], optional: [String: JSONNode] = [:]
  ) -> JSONNode {
    [
      "type": "object", "required": .list(required.keys.sorted().map { .text($0) }),
      "properties": .object(required.merging(optional) { first, _ in first }),
    ]
  }

  /// As `RequestBody`.
  private static func request(_ required: [String: JSONNode], optional: [String: JSONNode]) -> JSONNode {
    guard case .object(var node) = object(required, optional: optional) else { return [:] }
    node["additionalProperties"] = false
    return .object(node)
  }

  private static func choice<Choice>(_ type: Choice.Type) -> JSONNode
  where Choice: CaseIterable & RawRepresentable<String> {
    ["type": "string", "enum": .list(Choice.allCases.map { .text($0.rawValue) })]
  }

  private static func parameter(_ name: String, _ schema: JSONNode) -> JSONNode {
    ["name": .text(name), "in": "query", "schema": schema]
  }
}
