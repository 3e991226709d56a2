internal import ArgumentParser
internal import Evidence
internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A filter, and synchronous: it does nothing but read, redact and write on its one thread.
struct RedactCommand: ParsableCommand {
  private static let chunk = 256 * 1024

  static let configuration = CommandConfiguration(
    commandName: "redact",
    abstract: "Replace secrets in a text by tokens: standard input to standard output.",
    discussion: """
      A secret becomes [REDACTED:kind:xxxxxxxx]. The same secret gives the same token within one run, and from \
      run to run with the same --key-file, which is made when it is not there.

      Examples:
        exhibit redact < app.log > app.redacted.log
        kubectl logs checkout | exhibit redact --report counts.json | less
      """)

  @Option(
    name: .long,
    help: ArgumentHelp("Key of the tokens, mode 0600 (default: a new one each run).", valueName: "path"),
    completion: .file())
  var keyFile: String?

  @Option(
    name: .long, help: ArgumentHelp("Write there what was redacted how often, as JSON.", valueName: "path"),
    completion: .file())
  var report: String?

  func run() throws {
    let key = try keyFile.map { (path) throws(RedactionKeyError) in try RedactionKey.loadOrCreate(path: path)
    }
    let rules = RuleSet.builtIn
    var stream = Redactor(rules: rules, key: key ?? .random()).makeStream()
    let output = Output()
    try pump(into: &stream, output: output)
    try stream.finish { (redacted) throws(FileError) in
      try redacted.withUnsafeBytes { (bytes) throws(FileError) in try output.write(bytes) }
    }
    try output.flush()
    if let report {
      try write(RedactionSummary(ruleset: rules.identifier, byRule: stream.counts.byRule), to: report)
    }
  }

  private func pump(into stream: inout RedactionStream, output: Output) throws(FileError) {
    let input = OpenFile.standardInput()
    let total = try input.length()
    var buffer = [UInt8](repeating: 0, count: RedactCommand.chunk)
    var line = ProgressLine()
    var done = 0
    while true {
      let count = try input.readSome(into: &buffer)
      guard count > 0 else { return }
      try buffer.span.extracting(first: count).withUnsafeBytes { (bytes) throws(FileError) in
        try stream.write(bytes) { (redacted) throws(FileError) in
          try redacted.withUnsafeBytes { (bytes) throws(FileError) in try output.write(bytes) }
        }
      }
      // Whoever watches a pipe wants to see what came, not a full buffer.
      if total == nil { try output.flush() }
      done += count
      if let total, !Terminal.outputIsTerminal { line.show("Redacting", done: done, total: max(total, done)) }
    }
  }

  private func write(_ summary: RedactionSummary, to path: String) throws {
    let file = try OpenFile(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
    let text = try JSONOutput.encoded(summary)
    try text.span.withUnsafeBytes { (bytes) throws(FileError) in try file.writeAll(bytes) }
  }
}
