internal import Deploys
package import Evidence
internal import Foundation
package import Redaction

/// Sees another kernel, operating system, system image or generation, between boots and within one.
package struct HostObserver: ChangeObserver {
  package let name = "host"
  package let hindsight = 0.0
  private let root: String

  /// - Parameter root: of the file system; another than `/` is for tests.
  package init(root: String = "") {
    self.root = root
  }

  package func observe(after cursor: String?, at now: Timestamp, redactor: Redactor) throws -> Observation? {
    let state = redacted(current, redactor)
    let earlier = try cursor.map { try JSONDecoder().decode(HostState.self, from: Data($0.utf8)) }
    return try Observation(
      changes: earlier.map { state.changes(since: $0, times: times(now)) } ?? [], at: state)
  }

  private var current: HostState {
    let kernel = [text("/proc/sys/kernel/osrelease"), text("/proc/sys/kernel/version")].compactMap(\.self)
    return HostState(
      bootID: text("/proc/sys/kernel/random/boot_id"),
      kernel: kernel.isEmpty ? nil : kernel.joined(separator: " "),
      os: ["/etc/os-release", "/usr/lib/os-release"].lazy.compactMap(text).first.flatMap(HostState.os),
      deployment: deployment, generation: generation)
  }

  private func redacted(_ state: HostState, _ redactor: Redactor) -> HostState {
    var state = state
    for text in [\HostState.kernel, \.os, \.deployment, \.generation] {
      state[keyPath: text] = state[keyPath: text].map { redactor.redact($0).text }
    }
    return state
  }

  /// `nil` for what cannot be read: it is no fact of this host, then.
  private func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: root + path)
      .map {
        String(decoding: $0.prefix(16 << 10), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
      }
      .flatMap { $0.isEmpty ? nil : $0 }
  }

  /// The kernel's command line names a link, and the link the deployment: `…/deploy/fedora/deploy/CHECKSUM.0`
  /// (https://ostreedev.github.io/ostree/deployment/).
  private var deployment: String? {
    let words = text("/proc/cmdline")?.split(separator: " ") ?? []
    guard let argument = words.first(where: { $0.hasPrefix("ostree=/") }) else { return nil }
    let link = root + argument.dropFirst("ostree=".count)
    return destination(link).map { ($0 as NSString).lastPathComponent }
  }

  /// https://nixos.org/manual/nixos/stable/#sec-rollback
  private var generation: String? {
    let names = [destination(root + Self.profile), destination(root + "/run/current-system")]
    let parts = names.compactMap { $0.map { ($0 as NSString).lastPathComponent } }
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  private static let profile = "/nix/var/nix/profiles/system"

  private func destination(_ link: String) -> String? {
    // A question: what is no link is no deployment.
    try? FileManager.default.destinationOfSymbolicLink(atPath: link)
  }

  private func times(_ now: Timestamp) -> HostState.Times {
    let line = text("/proc/stat")?.split(separator: "\n").first { $0.hasPrefix("btime ") }
    let boot = line.flatMap { Int64($0.dropFirst("btime ".count)) }.map { Timestamp(seconds: $0) }
    return HostState.Times(
      boot: boot ?? now,
      os: LogTail.modificationTime(root + "/usr/lib/os-release")
        ?? LogTail.modificationTime(root + "/etc/os-release"),
      generation: LogTail.modificationTime(root + Self.profile))
  }
}
