internal import CLinux
package import Evidence
internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#endif

extension HostFacts {
  /// The facts of the host that this process runs on. What cannot be read is `nil`, never guessed.
  package static func current() -> HostFacts {
    let (synchronised, offset) = clockDiscipline()
    return HostFacts(
      machineID: firstLine("/etc/machine-id"),
      bootID: firstLine("/proc/sys/kernel/random/boot_id")?.filter { $0 != "-" },
      hostname: firstLine("/proc/sys/kernel/hostname") ?? "localhost",
      os: osName(), kernel: firstLine("/proc/sys/kernel/osrelease"), timeZone: TimeZone.current.identifier,
      clockSynchronised: synchronised, clockOffset: offset)
  }

  private static func firstLine(_ path: String) -> String? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    let line = String(decoding: data.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    return line.isEmpty ? nil : line
  }

  /// os-release(5).
  private static func osName() -> String? {
    let paths = ["/etc/os-release", "/usr/lib/os-release"]
    guard let data = paths.lazy.compactMap(FileManager.default.contents(atPath:)).first else { return nil }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    return lines.first { $0.hasPrefix("PRETTY_NAME=") }
      .map { $0.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: CharacterSet(charactersIn: "\"'")) }
  }

  /// adjtimex(2) without setting anything: whether a time source disciplines the clock, and its offset in
  /// seconds. Refused by a seccomp filter, both are unknown.
  private static func clockDiscipline() -> (Bool?, Double?) {
    var state = timex()
    let result = adjtimex(&state)
    guard result >= 0 else { return (nil, nil) }
    let unit = state.status & STA_NANO != 0 ? 1e-9 : 1e-6
    return (result != TIME_ERROR, Double(state.offset) * unit)
  }
}
