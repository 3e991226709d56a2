// Feeds the redactor, then the decoders of signals, with bytes that nobody would write, each for a bounded time, under
// AddressSanitizer: exhibit-fuzz SECONDS SEED FOLDER, where the folder holds *.json for the decoders to begin with. It
// ends with 1 when an invariant fails; the sanitizer and the runtime end it when memory is touched that is not there.

internal import FoundationEssentials
internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The payloads of a folder; none where there is no folder.
func corpus(of folder: String?) throws -> [[UInt8]] {
  guard let folder else { return [] }
  return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().filter { $0.hasSuffix(".json") }
    .map { try Array(Data(contentsOf: URL(filePath: "\(folder)/\($0)"))) }
}

let arguments = CommandLine.arguments.dropFirst().map(\.self)
let seconds = arguments.first.flatMap { Double($0) } ?? 20
let seed = arguments.dropFirst().first.flatMap { UInt64($0) } ?? UInt64(time(nil))
var session = FuzzSession(seed: seed)
var signals = SignalFuzz(seed: seed, corpus: try corpus(of: arguments.dropFirst(2).first))
let failure = session.run(seconds: seconds) ?? signals.run(seconds: seconds / 2)
print(
  "fuzz: seed \(seed), \(session.cases) cases, \(session.bytes >> 20) MiB, \(signals.cases) signal cases, "
    + "\(session.peakMegabytes()) MiB at the peak"
)
if let failure {
  print("fuzz: \(failure)")
  exit(1)
}
