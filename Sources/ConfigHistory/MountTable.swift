internal import FoundationEssentials

/// Which devices are pseudo file systems: the kernel's own state, where reading can block, never end, or act. And which are
/// of other hosts, whose changes give no events here (inotify(7), "Limitations and caveats").
struct MountTable: Sendable {
  private static let pseudoTypes: Set<String> = [
    "proc", "sysfs", "cgroup", "cgroup2", "debugfs", "tracefs", "securityfs", "bpf", "devpts", "devtmpfs",
    "pstore",
    "configfs", "efivarfs", "selinuxfs", "mqueue", "fusectl", "binfmt_misc", "autofs", "rpc_pipefs", "nsfs",
  ]

  private static let remoteTypes: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "lustre", "beegfs", "gfs2", "ocfs2",
    "9p",
    "virtiofs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.s3fs",
  ]

  static let path = "/proc/self/mountinfo"

  private let pseudo: [UInt64: String]
  private let remote: Set<UInt64>

  /// - Parameter text: `/proc/self/mountinfo`, see proc(5): `36 35 98:0 /root /mnt rw … - ext3 /dev/sda1 …`.
  init(parsing text: some Collection<UInt8>) {
    var pseudo: [UInt64: String] = [:]
    var remote: Set<UInt64> = []
    for line in text.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: " "))
      guard fields.count > 2, let dash = fields.firstIndex(where: { $0.elementsEqual("-".utf8) }),
        dash + 1 < fields.count
      else { continue }
      let numbers = fields[2].split(separator: UInt8(ascii: ":")).compactMap {
        UInt64(String(decoding: $0, as: UTF8.self))
      }
      let type = String(decoding: fields[dash + 1], as: UTF8.self)
      guard numbers.count == 2 else { continue }
      let device = deviceNumber(major: numbers[0], minor: numbers[1])
      if Self.pseudoTypes.contains(type) { pseudo[device] = type }
      if Self.remoteTypes.contains(type) { remote.insert(device) }
    }
    self.pseudo = pseudo
    self.remote = remote
  }

  /// The mounts that this process sees now.
  static func current() throws -> MountTable {
    MountTable(parsing: [UInt8](try Data(contentsOf: URL(filePath: path))))
  }

  /// The type of a pseudo file system, `nil` for any other.
  func pseudoType(of device: UInt64) -> String? { pseudo[device] }

  /// Whether other hosts write to it.
  func isRemote(_ device: UInt64) -> Bool { !remote.isEmpty && remote.contains(device) }
}

/// glibc's and the kernel's encoding of a device number in 64 bits.
func deviceNumber(major: UInt64, minor: UInt64) -> UInt64 {
  (major & 0xFFF) << 8 | (major >> 12) << 44 | (minor & 0xFF) | (minor >> 8) << 20
}

/// `major:minor`.
func deviceText(_ number: UInt64) -> String {
  let major = (number >> 8) & 0xFFF | (number >> 32) & 0xFFFF_F000
  let minor = number & 0xFF | (number >> 12) & 0xFFFF_FF00
  return "\(major):\(minor)"
}
