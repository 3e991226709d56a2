#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Reads who a process is, at once, for a short-lived one is gone in milliseconds.
///
/// A package manager writes thousands of files: what was read of a process holds for a moment, and longer where
/// the process is gone meanwhile. A process that replaced its program (execve(2)) within that moment is taken
/// for what it was.
struct ActorReader {
  private static let maximumCached = 256
  private static let freshFor = Duration.milliseconds(250)
  /// Process ids are not given out again so soon (pid_max is at least 32,768).
  private static let usableFor = Duration.seconds(5)
  private static let maximumCommandBytes = 512

  private let root: String
  private var cache: [Int32: (facts: ActorFacts, readAt: ContinuousClock.Instant)] = [:]

  /// - Parameter root: of proc(5).
  init(root: String = "/proc") {
    self.root = root
  }

  mutating func facts(of pid: Int32, now: ContinuousClock.Instant) -> ActorFacts {
    let cached = cache[pid]
    if let cached, now - cached.readAt < Self.freshFor { return cached.facts }
    let facts = look(at: pid)
    if facts.command == nil, let cached, now - cached.readAt < Self.usableFor { return cached.facts }
    if cache.count >= Self.maximumCached {
      cache = cache.filter { now - $0.value.readAt < Self.freshFor }
      if cache.count >= Self.maximumCached { cache.removeAll() }
    }
    cache[pid] = (facts, now)
    return facts
  }

  private func look(at pid: Int32) -> ActorFacts {
    let folder = "\(root)/\(pid)"
    var facts = ActorFacts(pid: pid)
    // The file first that goes first: a zombie has no arguments any more.
    guard let arguments = contents("\(folder)/cmdline", limit: Self.maximumCommandBytes), !arguments.isEmpty
    else {
      facts.command = contents("\(folder)/comm", limit: 64).flatMap { $0.isEmpty ? nil : line($0) }
      return facts
    }
    facts.command = line(arguments)
    facts.unit = contents("\(folder)/cgroup", limit: 4096).flatMap(Self.unit)
    facts.uid = contents("\(folder)/status", limit: 4096).flatMap(Self.uid)
    let login = contents("\(folder)/loginuid", limit: 16).flatMap { UInt32(line($0)) }
    // -1 stands for "no one logged in for it".
    facts.loginUID = login == .max ? nil : login
    return facts
  }

  private func line(_ bytes: some Collection<UInt8>) -> String {
    let text = String(decoding: bytes.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
    return String(text.reversed().drop { $0 == " " }.reversed())
  }

  private func contents(_ path: String, limit: Int) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = read(descriptor, &buffer, limit)
    return count < 0 ? nil : Array(buffer[..<count])
  }

  /// The unit in `0::/user.slice/user-1000.slice/session-3.scope`, or of a hierarchy of version 1 in
  /// `1:name=systemd:/system.slice/nginx.service` (cgroups(7)): the last component that is a service or a scope.
  static func unit(_ cgroup: [UInt8]) -> String? {
    for line in String(decoding: cgroup, as: UTF8.self).split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard fields.count == 3, fields[1].isEmpty || fields[1] == "name=systemd" else { continue }
      let units = fields[2].split(separator: "/").filter {
        $0.hasSuffix(".service") || $0.hasSuffix(".scope")
      }
      if let unit = units.last { return String(unit) }
    }
    return nil
  }

  /// The effective user id, the second number in `Uid:\t1000\t0\t0\t0`: under it the process acts.
  static func uid(_ status: [UInt8]) -> UInt32? {
    let lines = String(decoding: status, as: UTF8.self).split(separator: "\n")
    let fields = lines.first { $0.hasPrefix("Uid:") }?.split { $0 == "\t" || $0 == " " }
    guard let fields, fields.count > 2 else { return nil }
    return UInt32(fields[2])
  }
}
