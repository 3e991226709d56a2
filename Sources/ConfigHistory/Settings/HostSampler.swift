internal import Evidence

/// Looks at what of the host's state no watched file holds: listening sockets, mounts, and whether packages'
/// configuration is their own.
struct HostSampler: Sendable {
  /// Of one file of `/proc`, in bytes: some ten thousand sockets.
  private static let maximumBytes = 4 << 20
  /// Linux's default range (ip_sysctl, `ip_local_port_range`).
  private static let defaultLocalPorts: ClosedRange<UInt16> = 32768...60999

  private let root: String
  private var packages: PackageConfiguration

  /// - Parameter root: what stands before all paths; empty but in tests.
  init(root: String = "") {
    self.root = root
    packages = PackageConfiguration(root: root)
  }

  mutating func sample() -> HostSample {
    var sample = HostSample()
    addSockets(to: &sample)
    addMounts(to: &sample)
    packages.add(to: &sample)
    return sample
  }

  private func addSockets(to sample: inout HostSample) {
    let names = AccountNames.ofHost()
    let ports = localPorts(&sample)
    var sockets: [String: String] = [:]
    for name in ["tcp", "tcp6", "udp", "udp6", "unix"] {
      let path = "\(root)\(ListeningSockets.path)/\(name)"
      do throws(SystemFailure) {
        let text = try BoundedFile.text(path, limit: Self.maximumBytes)
        let found =
          name == "unix"
          ? ListeningSockets.unix(text)
          : ListeningSockets.internet(text, of: name, localPorts: ports, names: names)
        sockets.merge(found) { first, _ in first }
      } catch  where error.isAbsence && name.hasSuffix("6") {
        continue  // A kernel without IPv6.
      } catch {
        // A part of them would show the rest as gone.
        return sample.fail(path, error)
      }
    }
    sample.add(.socket, ListeningSockets.path, sockets)
  }

  /// Where the range cannot be read Linux's default is taken, and the sample says so.
  private func localPorts(_ sample: inout HostSample) -> ClosedRange<UInt16> {
    let path = "\(root)/proc/sys/net/ipv4/ip_local_port_range"
    let text: String
    do throws(SystemFailure) {
      text = try BoundedFile.text(path, limit: 100)
    } catch {
      sample.note(
        error.isPermission ? .permission : .sourceError,
        "\(path): \(error.text); the ports of clients are taken to be \(Self.defaultLocalPorts)")
      return Self.defaultLocalPorts
    }
    let ports = text.split(whereSeparator: \.isWhitespace).compactMap { UInt16($0) }
    guard ports.count == 2, ports[0] <= ports[1] else {
      sample.note(
        .sourceError,
        "\(path): \"\(text)\" is no range; the ports of clients are taken to be \(Self.defaultLocalPorts)")
      return Self.defaultLocalPorts
    }
    return ports[0]...ports[1]
  }

  private func addMounts(to sample: inout HostSample) {
    var failure: (path: String, error: SystemFailure)?
    for path in [MountPoints.hostPath, MountPoints.ownPath] {
      do throws(SystemFailure) {
        let text = try BoundedFile.text(root + path, limit: Self.maximumBytes)
        return sample.add(.mount, path, MountPoints.mounts(text, isHosts: path == MountPoints.hostPath))
      } catch {
        failure = (path, error)
      }
    }
    if let failure { sample.fail(failure.path, failure.error) }
  }
}
