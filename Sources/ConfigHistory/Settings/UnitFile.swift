/// The settings of a unit file or drop-in, as systemd.syntax(7) has them.
struct UnitFile {
  /// `[Service] ExecStart`.
  struct Key: Hashable, Comparable {
    var section: String
    var name: String

    var text: String { "[\(section)] \(name)" }

    static func < (left: Key, right: Key) -> Bool {
      (left.section, left.name) < (right.section, right.name)
    }
  }

  private(set) var assignments: [(key: Key, value: String)] = []

  init(parsing text: String) {
    var section = ""
    var continued = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let trimmed = Self.trimmed(line)
      // Comments may stand between the lines of one value.
      if trimmed.hasPrefix("#") || trimmed.hasPrefix(";") || (trimmed.isEmpty && continued.isEmpty) {
        continue
      }
      if trimmed.hasSuffix("\\") {
        continued += trimmed.dropLast() + " "
        continue
      }
      let whole = Self.trimmed(Substring(continued + trimmed))
      continued = ""
      if whole.hasPrefix("["), whole.hasSuffix("]") {
        section = String(whole.dropFirst().dropLast())
      } else {
        add(whole, in: section)
      }
    }
    add(Self.trimmed(Substring(continued)), in: section)
  }

  private mutating func add(_ line: String, in section: String) {
    let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2 else { return }
    let key = Key(section: section, name: Self.trimmed(parts[0]))
    assignments.append((key, Self.trimmed(parts[1])))
  }

  private static func trimmed(_ text: Substring) -> String {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

/// What the files of a unit add up to: an empty assignment takes back what came before it, a list grows with each
/// assignment, and of anything else the last one counts.
struct UnitSettings {
  private var values: [UnitFile.Key: [String]] = [:]

  mutating func apply(_ file: UnitFile) {
    for (key, value) in file.assignments { apply(key, value) }
  }

  mutating func apply(_ key: UnitFile.Key, _ value: String) {
    if value.isEmpty {
      values[key] = nil
    } else if ListSettings.contains(key.name) {
      values[key, default: []].append(value)
    } else {
      values[key] = [value]
    }
  }

  var keys: Set<UnitFile.Key> { Set(values.keys) }

  func value(_ key: UnitFile.Key) -> String? {
    values[key].map { $0.joined(separator: ListSettings.ofWords.contains(key.name) ? " " : "; ") }
  }
}

/// Which settings grow, from systemd.unit(5), systemd.service(5), systemd.exec(5), systemd.socket(5),
/// systemd.timer(5), systemd.path(5), systemd.resource-control(5) and systemd.kill(5) of systemd 257.
private enum ListSettings {
  /// Of words, so that it does not matter which of them share a line.
  static let ofWords: Set<String> = [
    "After", "Before", "Wants", "Requires", "Requisite", "BindsTo", "PartOf", "Upholds", "Conflicts",
    "OnFailure",
    "OnSuccess", "PropagatesReloadTo", "ReloadPropagatedFrom", "PropagatesStopTo", "StopPropagatedFrom",
    "JoinsNamespaceOf", "RequiresMountsFor", "WantsMountsFor", "WantedBy", "RequiredBy", "UpheldBy", "Alias",
    "Also",
    "Sockets", "Environment", "PassEnvironment", "UnsetEnvironment", "SupplementaryGroups",
    "CapabilityBoundingSet", "AmbientCapabilities", "ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths",
    "ExecPaths", "NoExecPaths", "BindPaths", "BindReadOnlyPaths", "TemporaryFileSystem", "RuntimeDirectory",
    "StateDirectory", "CacheDirectory", "LogsDirectory", "ConfigurationDirectory", "SystemCallFilter",
    "SystemCallLog", "SystemCallArchitectures", "RestrictAddressFamilies", "RestrictFileSystems",
    "SecureBits",
    "IPAddressAllow", "IPAddressDeny", "SocketBindAllow", "SocketBindDeny", "RestrictNetworkInterfaces",
    "SuccessExitStatus", "RestartPreventExitStatus", "RestartForceExitStatus", "DisableControllers",
    "AllowedCPUs", "AllowedMemoryNodes", "StartupAllowedCPUs", "CPUAffinity", "Symlinks", "Documentation",
  ]
  /// Of lines that stand for themselves.
  private static let ofLines: Set<String> = [
    "EnvironmentFile", "OnActiveSec", "OnBootSec", "OnStartupSec", "OnUnitActiveSec", "OnUnitInactiveSec",
    "OnCalendar", "PathExists", "PathExistsGlob", "PathChanged", "PathModified", "DirectoryNotEmpty",
    "LoadCredential", "LoadCredentialEncrypted", "SetCredential", "SetCredentialEncrypted",
    "ImportCredential",
    "DeviceAllow", "BPFProgram", "IPIngressFilterPath", "IPEgressFilterPath", "IODeviceWeight",
    "IOReadBandwidthMax", "IOWriteBandwidthMax", "IOReadIOPSMax", "IOWriteIOPSMax",
    "IODeviceLatencyTargetSec",
    "LogExtraFields", "LogFilterPatterns", "OpenFile", "MountImages", "ExtensionImages",
    "ExtensionDirectories",
    "StandardInputText", "StandardInputData", "NFTSet",
  ]
  private static let beginnings = [
    "ExecStart", "ExecStop", "ExecReload", "ExecCondition", "Condition", "Assert", "Listen",
  ]

  static func contains(_ name: String) -> Bool {
    ofWords.contains(name) || ofLines.contains(name) || beginnings.contains(where: name.hasPrefix)
  }
}
