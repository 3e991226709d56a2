internal import Evidence
internal import FoundationEssentials

/// The unit folders as they were at a time, and the units as systemd would have read them then
/// (systemd.unit(5), "Unit File Load Path"; `unit_file_find_dropin_paths`, src/shared/dropin.c).
///
/// Contents come from the store, redacted. Of one answer, on one thread.
final class UnitTree {
  /// In the order of precedence. What generators make is not watched as a rule; what is not in the history is as
  /// if it were not there.
  static let folders = [
    "/etc/systemd/system.control", "/run/systemd/system.control", "/run/systemd/transient",
    "/run/systemd/generator.early", "/etc/systemd/system", "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached", "/run/systemd/generator", "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system", "/lib/systemd/system", "/run/systemd/generator.late",
  ]
  private static let maximumAliases = 20

  private let folders: [[UInt8]]
  private let load: (_ folder: [UInt8]) throws(ConfigHistoryError) -> [(name: [UInt8], version: Version)]
  private let read: (Version) throws(ConfigHistoryError) -> String?
  private var listings: [[UInt8]: [String: Version]] = [:]
  private var knownAliases: [UnitName: [UnitName]]?

  /// - Parameters:
  ///   - root: what stands before the folders; empty but in tests.
  ///   - load: what a folder held.
  ///   - read: the content of a file, `nil` where it is not kept.
  init(
    root: [UInt8],
    load: @escaping ([UInt8]) throws(ConfigHistoryError) -> [(name: [UInt8], version: Version)],
    read: @escaping (Version) throws(ConfigHistoryError) -> String?
  ) {
    folders = Self.folders.map { root + Array($0.utf8) }
    self.load = load
    self.read = read
  }

  /// A unit as its files add up.
  enum Unit {
    case notFound
    case masked
    case loaded(UnitSettings)
    /// The content of one of its files is not kept.
    case unknown

    var loadState: String? {
      switch self {
      case .notFound: "not-found"
      case .masked: "masked"
      case .loaded: "loaded"
      case .unknown: nil
      }
    }
  }

  func unit(_ name: UnitName) throws(ConfigHistoryError) -> Unit {
    var names = [name]
    var texts: [String?] = []
    switch try fragment(of: name, &names) {
    case .masked: return .masked
    case .missing:
      // systemd also knows a unit by its drop-ins alone, but starts none such.
      return .notFound
    case .file(let version): texts.append(try read(version))
    }
    for version in try dropIns(of: try withAliases(names)) { texts.append(try read(version)) }
    guard texts.allSatisfy({ $0 != nil }) else { return .unknown }
    var settings = UnitSettings()
    for text in texts.compactMap(\.self) { settings.apply(UnitFile(parsing: text)) }
    for (suffix, key) in [(".wants", "Wants"), (".requires", "Requires"), (".upholds", "Upholds")] {
      for other in try linked(names, suffix) {
        settings.apply(UnitFile.Key(section: "Unit", name: key), other)
      }
    }
    return .loaded(settings)
  }

  /// The names of all units that have a file or link.
  func names() throws(ConfigHistoryError) -> Set<UnitName> {
    var names: Set<UnitName> = []
    for folder in folders {
      names.formUnion(try listing(folder).keys.compactMap(UnitName.init))
    }
    return names
  }

  private enum Fragment {
    case missing, masked
    case file(Version)
  }

  /// Follows aliases, and adds them to the names.
  private func fragment(
    of name: UnitName, _ names: inout [UnitName]
  ) throws(ConfigHistoryError) -> Fragment {
    var current = name
    for _ in 0..<Self.maximumAliases {
      var found = try first(current.text)
      if found == nil, let template = current.template { found = try first(template.text) }
      guard let found else { return .missing }
      switch found.version.type {
      case .file: return found.version.size == 0 ? .masked : .file(found.version)
      case .symlink:
        guard let target = found.version.target.map({ [UInt8]($0) }) else { return .missing }
        if target.elementsEqual("/dev/null".utf8) { return .masked }
        let path = PathBytes.normalized(target.first == slash ? target : PathBytes.join(found.folder, target))
        let next = UnitName(String(decoding: PathBytes.split(path).name, as: UTF8.self))
        guard let next, next != current, next != current.template else { return try linkedFile(path) }
        current = next.isTemplate ? next.instance(current.instance) : next
        names.append(current)
      case .directory, .fifo, .socket, .device: return .missing
      }
    }
    return .missing
  }

  /// A unit file outside of the unit folders (`systemctl link`).
  private func linkedFile(_ path: [UInt8]) throws(ConfigHistoryError) -> Fragment {
    let (folder, name) = PathBytes.split(path)
    guard let version = try listing(folder)[String(decoding: name, as: UTF8.self)], version.type == .file
    else {
      return .missing
    }
    return .file(version)
  }

  private func first(_ name: String) throws(ConfigHistoryError) -> (folder: [UInt8], version: Version)? {
    for folder in folders {
      if let version = try listing(folder)[name] { return (folder, version) }
    }
    return nil
  }

  /// The names by which links in the unit folders call the unit, too.
  private func withAliases(_ names: [UnitName]) throws(ConfigHistoryError) -> [UnitName] {
    let aliases = try self.aliases()
    var names = names
    for alias in names.flatMap({ aliases[$0] ?? [] }) where !names.contains(alias) { names.append(alias) }
    return names
  }

  /// By the unit that they lead to.
  private func aliases() throws(ConfigHistoryError) -> [UnitName: [UnitName]] {
    if let knownAliases { return knownAliases }
    var aliases: [UnitName: [UnitName]] = [:]
    for folder in folders {
      for (alias, version) in try listing(folder) where version.type == .symlink {
        guard let alias = UnitName(alias), let target = version.target,
          let real = UnitName(String(decoding: PathBytes.split([UInt8](target)).name, as: UTF8.self)),
          aliases[real, default: []].count < Self.maximumAliases
        else { continue }
        aliases[real, default: []].append(alias)
      }
    }
    knownAliases = aliases
    return aliases
  }

  /// In the order in which they count. Of two with one name the one in the first folder does.
  private func dropIns(of names: [UnitName]) throws(ConfigHistoryError) -> [Version] {
    var files: [String: Version] = [:]
    for name in names {
      for folder in folders {
        for dropInName in name.dropInNames {
          try addDropIns(PathBytes.join(folder, Array("\(dropInName).d".utf8)), to: &files)
        }
      }
    }
    if let type = names.first?.type {
      for folder in folders { try addDropIns(PathBytes.join(folder, Array("\(type).d".utf8)), to: &files) }
    }
    return files.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value)
      .filter { $0.type == .file }
  }

  private func addDropIns(_ folder: [UInt8], to files: inout [String: Version]) throws(ConfigHistoryError) {
    for (name, version) in try listing(folder) where name.hasSuffix(".conf") && files[name] == nil {
      files[name] = try followed(version, in: folder)
    }
  }

  /// A link to what is not in the history, `/dev/null` among it, stands as it is: it hides, and adds nothing.
  private func followed(_ version: Version, in folder: [UInt8]) throws(ConfigHistoryError) -> Version {
    guard version.type == .symlink, let target = version.target.map({ [UInt8]($0) }) else { return version }
    let path = PathBytes.normalized(target.first == slash ? target : PathBytes.join(folder, target))
    let (folder, name) = PathBytes.split(path)
    return try listing(folder)[String(decoding: name, as: UTF8.self)] ?? version
  }

  private func linked(_ names: [UnitName], _ suffix: String) throws(ConfigHistoryError) -> [String] {
    var targets: [String: Bool] = [:]
    for name in names {
      for folder in folders {
        let links = try listing(PathBytes.join(folder, Array("\(name.text)\(suffix)".utf8)))
        for (link, version) in links where targets[link] == nil {
          targets[link] = version.target.map { $0.elementsEqual("/dev/null".utf8) } ?? true
        }
      }
    }
    return targets.filter { !$0.value }.keys.sorted()
  }

  private func listing(_ folder: [UInt8]) throws(ConfigHistoryError) -> [String: Version] {
    if let known = listings[folder] { return known }
    // A unit could have a hundred folders of drop-ins and links, and has one: the unit folder says which are there.
    let (parent, name) = PathBytes.split(folder)
    if folders.contains(parent),
      try listing(parent)[String(decoding: name, as: UTF8.self)]?.type != .directory
    {
      return [:]
    }
    let pairs = try load(folder).map { (String(decoding: $0.name, as: UTF8.self), $0.version) }
    let listing = Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    listings[folder] = listing
    return listing
  }
}

/// The name of a unit: `getty@tty1.service`.
struct UnitName: Hashable {
  /// systemd.unit(5); other suffixes are no units.
  private static let types: Set<String> = [
    "service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice", "scope",
  ]

  let text: String
  let type: String
  /// Without instance and type.
  let prefix: String
  /// Empty of a template; `nil` of a unit without `@`.
  let instance: String?

  init?(_ text: String) {
    guard let dot = text.lastIndex(of: "."), dot > text.startIndex else { return nil }
    let type = String(text[text.index(after: dot)...])
    guard Self.types.contains(type) else { return nil }
    let stem = text[..<dot]
    let parts = stem.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard !parts[0].isEmpty else { return nil }
    self.text = text
    self.type = type
    prefix = String(parts[0])
    instance = parts.count > 1 ? String(parts[1]) : nil
  }

  private init(prefix: String, instance: String?, type: String) {
    self.prefix = prefix
    self.instance = instance
    self.type = type
    text = prefix + (instance.map { "@\($0)" } ?? "") + "." + type
  }

  var isTemplate: Bool { instance == "" }
  /// Of an instance.
  var template: UnitName? {
    guard let instance, !instance.isEmpty else { return nil }
    return UnitName(prefix: prefix, instance: "", type: type)
  }

  func instance(_ name: String?) -> UnitName { UnitName(prefix: prefix, instance: name ?? "", type: type) }

  /// The folders of drop-ins are named after these, the most exact first: the unit, its template, and what
  /// remains of the name before each dash (`a-b.service` → `a-.service`), with its instance and without.
  var dropInNames: [String] {
    var names: [String] = []
    addDropInNames(to: &names)
    return names
  }

  private func addDropInNames(to names: inout [String]) {
    guard !names.contains(text) else { return }
    names.append(text)
    template?.addDropInNames(to: &names)
    let stem = prefix.hasSuffix("-") ? prefix.dropLast() : prefix[...]
    guard let dash = stem.lastIndex(of: "-") else { return }
    UnitName(prefix: String(stem[...dash]), instance: isTemplate ? nil : instance, type: type)
      .addDropInNames(to: &names)
  }

  /// Whether drop-ins in a folder of this name (without `.d`) count for the unit.
  func takesDropIns(of name: String) -> Bool { name == type || dropInNames.contains(name) }
}
