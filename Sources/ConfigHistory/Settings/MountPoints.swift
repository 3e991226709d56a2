/// The mounts of the host by mount point, but for those that come and go with sessions, services and containers.
enum MountPoints {
  /// The host's, where the agent may see it; its own otherwise. Of these two the second is behind the unit's
  /// sandbox, which makes mounts read-only: it tells the options of file systems, and not those of mounts.
  static let hostPath = "/proc/1/mountinfo"
  static let ownPath = "/proc/self/mountinfo"
  private static let transient = [
    "/run/user/", "/run/credentials/", "/run/netns/", "/run/docker/", "/var/lib/docker/", "/run/containerd/",
    "/var/lib/containerd/", "/var/lib/containers/", "/run/containers/", "/var/lib/kubelet/pods/", "/snap/",
    "/run/snapd/", "/run/systemd/", "/proc/", "/sys/", "/dev/", "/tmp/", "/var/tmp/",
  ]

  /// - Parameters:
  ///   - text: of mountinfo, see proc_pid_mountinfo(5): `36 35 98:0 /root /mnt rw … - ext3 /dev/sda1 rw`.
  ///   - isHosts: whether the options of mounts are the host's.
  /// - Returns: `/mnt` → `ext3 /dev/sda1 rw`, of several on one point the one on top.
  static func mounts(_ text: String, isHosts: Bool) -> [String: String] {
    var mounts: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: false)
      guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 2 < fields.count else { continue }
      let point = unescaped(fields[4])
      guard !transient.contains(where: point.hasPrefix) else { continue }
      let root = fields[3] == "/" ? "" : "[\(unescaped(fields[3]))]"
      let options = ((isHosts ? [fields[5]] : []) + fields[(dash + 3)...]).flatMap {
        $0.split(separator: ",")
      }
      var known: Set<Substring> = []
      let unique = options.filter { known.insert($0).inserted }.joined(separator: ",")
      mounts[point] = "\(fields[dash + 1]) \(unescaped(fields[dash + 2]))\(root) \(unique)"
    }
    return mounts
  }

  /// Blanks, tabs, line feeds and backslashes are three octal digits.
  private static func unescaped(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = field.utf8
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), let value = UInt8(Substring(rest.prefix(3)), radix: 8), rest.count >= 3 {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
