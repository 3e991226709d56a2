package import Evidence

/// What was checked of a bundle, and what was found.
package struct VerificationReport: Hashable, Codable, Sendable {
  /// The parts of a verification, in their order.
  package enum CheckName: String, Codable, Sendable, CaseIterable {
    /// The gzip container: every byte of the file is under a digest.
    case container
    /// The archive is safe to unpack and stands in the documented order.
    case archive
    /// Every header in the archive is the one that the writer makes.
    case headers
    /// BagIt: each file is in a manifest and each line of a manifest has a file.
    case completeness
    /// BagIt: SHA-256 of each file, and `Payload-Oxum`.
    case checksums
    /// `evidence.json` describes the files that are there.
    case evidence
    /// Each JSON and JSON Lines document is well-formed and has its required fields.
    case documents
    case signature
    /// A fresh redaction of every file finds nothing.
    case redaction
  }

  package struct Check: Hashable, Codable, Sendable {
    package var name: CheckName
    package var passed: Bool
    package var detail: String
  }

  package struct Problem: Hashable, Codable, Sendable {
    package var check: CheckName
    /// A byte offset in the file, or a file in the bag, with the line where that makes sense. Never empty.
    package var place: String
    /// What is wrong, never the text that is.
    package var detail: String
  }

  package var checks: [Check]
  package var problems: [Problem]
  package var facts: Facts

  package var passed: Bool { problems.isEmpty && checks.allSatisfy(\.passed) }

  /// What the bundle says about itself: to be believed as far as the checks passed.
  package struct Facts: Hashable, Codable, Sendable {
    /// The top folder.
    package var name: String?
    /// Length and SHA-256 (hex) of the file.
    package var bytes: Int
    package var sha256: String
    /// Number of payload files, and their bytes.
    package var files: Int
    package var payloadBytes: Int
    package var bundle: String?
    package var incident: String?
    package var phase: CapturePhase?
    package var hostname: String?
    package var window: TimeWindow?
    package var completeness: Completeness?
    package var gaps: Int
    package var redactions: Int
    /// Fingerprint of the key that sealed it, where the signature is valid.
    package var signer: String?
    /// Whom the trusted signers say that the key belongs to.
    package var principal: String?

    enum CodingKeys: String, CodingKey {
      case name, bytes, sha256, files, bundle, incident, phase, hostname, window, completeness, gaps,
        redactions
      case signer, principal
      case payloadBytes = "payload_bytes"
    }
  }
}
