// Feeds the redactor with bytes that nobody would write, for a bounded time, under AddressSanitizer. It ends with 1
// when an invariant fails; the sanitizer and the runtime end it when memory is touched that is not there.

internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

let seconds = CommandLine.arguments.dropFirst().first.flatMap { Double($0) } ?? 20
let seed = CommandLine.arguments.dropFirst(2).first.flatMap { UInt64($0) } ?? UInt64(time(nil))
var session = FuzzSession(seed: seed)
let failure = session.run(seconds: seconds)
print(
  "fuzz: seed \(seed), \(session.cases) cases, \(session.bytes >> 20) MiB, \(session.peakMegabytes()) MiB at the peak"
)
if let failure {
  print("fuzz: \(failure)")
  exit(1)
}
