internal import Redaction

/// Looks at the lines of one file: syntax of JSON Lines, and secrets that a redactor would still remove.
struct LineInspector: ~Copyable {
  /// Digests, names and signatures of this module's own making: nothing for a redactor to judge.
  private static let unscanned: Set<String> = [
    BagIt.manifestName, BagIt.tagManifestName, BagIt.signatureName,
  ]

  private let path: String
  private let isJSONLines: Bool
  private let isScanned: Bool
  private let schema: LineSchema?
  private var redactor: RecordRedactor
  private var state = BlockState()
  private var output: [UInt8] = []
  /// Lines seen.
  private(set) var count = 0
  /// Lines of them that are records: what entries of the journal share stands in lines of its own
  /// ("The journal" in docs/bundle-format.md).
  private(set) var records = 0
  private static let contextStart = Array("{\"__CONTEXT\":".utf8)

  init(path: String, redactor: consuming RecordRedactor) {
    self.path = path
    self.redactor = redactor
    isJSONLines = path.hasSuffix(".jsonl")
    isScanned = !Self.unscanned.contains(path)
    schema = LineSchema(path: path)
  }

  mutating func inspect(_ line: UnsafeRawBufferPointer, _ findings: inout Findings) {
    count += 1
    if !line.starts(with: Self.contextStart) { records += 1 }
    if isJSONLines {
      if !JSONSyntax.isObject(line) {
        findings.add(.documents, at: "\(path):\(count)", "the line is not a JSON object")
      } else if let reason = schema?.violation(of: line) {
        findings.add(.documents, at: "\(path):\(count)", reason)
      }
    }
    guard isScanned else { return }
    output.removeAll(keepingCapacity: true)
    // Each line of JSON Lines stands for itself; in other text a secret may go on from line to line.
    if isJSONLines { state = BlockState() }
    redactor.redact(line, state: &state, appendingTo: &output)
    // Tokens stay as they are, whatever key they were made with.
    if !output.elementsEqual(line) {
      findings.add(.redaction, at: "\(path):\(count)", "a secret is left here; a fresh redaction removes it")
    }
  }
}
