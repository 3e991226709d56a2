internal import Evidence
internal import FoundationEssentials

/// What changed of units in a window, from the changes of their files.
struct UnitSettingChanges {
  /// Units that are compared for one answer; a drop-in of a type concerns all of it.
  static let maximumUnits = 1000

  private let changes: [(change: ConfigChange, place: Place)]
  private let before: UnitTree
  private let after: UnitTree

  /// Where in the unit folders a path lies.
  private enum Place {
    case unit(UnitName)
    /// The folder's name without `.d`.
    case dropIns(String)
  }

  /// - Parameters:
  ///   - changes: of the window, of any paths.
  ///   - root: what stands before the unit folders; empty but in tests.
  ///   - before: the tree at the window's start.
  ///   - after: the tree at its end.
  init(_ changes: [ConfigChange], root: [UInt8], before: UnitTree, after: UnitTree) {
    self.before = before
    self.after = after
    let folders = UnitTree.folders.map { root + Array($0.utf8) }
    self.changes = changes.flatMap { change in
      [change.rawPath, change.rawPreviousPath].compactMap { path in
        path.flatMap { Self.place(of: $0, in: folders) }.map { (change, $0) }
      }
    }
  }

  private static func place(of path: [UInt8], in folders: [[UInt8]]) -> Place? {
    guard
      let folder = folders.first(where: { path.count > $0.count && PathBytes.isPath(path, atOrUnder: $0) })
    else { return nil }
    let top = String(decoding: path[(folder.count + 1)...].prefix { $0 != slash }, as: UTF8.self)
    if let name = UnitName(top) { return .unit(name) }
    if top.hasSuffix(".d") { return .dropIns(String(top.dropLast(2))) }
    for suffix in [".wants", ".requires", ".upholds"] where top.hasSuffix(suffix) {
      return UnitName(String(top.dropLast(suffix.count))).map { .unit($0) }
    }
    return nil
  }

  /// - Parameter gap: is told what could not be compared, and why.
  /// - Returns: in the order of the units' names.
  /// - Throws: `ConfigHistoryError` when the store fails.
  func settings(
    gap: (GapCause, String) -> Void
  ) throws(ConfigHistoryError) -> [SettingChange] {
    guard !changes.isEmpty else { return [] }
    var units = try concerned()
    if units.count > Self.maximumUnits {
      gap(
        .budget, "\(units.count - Self.maximumUnits) units that a changed drop-in concerns are not compared")
      units = Array(units.prefix(Self.maximumUnits))
    }
    var settings: [SettingChange] = []
    for (name, changes) in units {
      let (old, new) = (try before.unit(name), try after.unit(name))
      guard let oldState = old.loadState, let newState = new.loadState else {
        gap(
          .notStored,
          "\(name.text): the content of one of its files is not kept: its settings are not compared")
        continue
      }
      guard let last = changes.max(by: { $0.seenAt < $1.seenAt }) else { continue }
      let change = Self.merged(changes, last)
      if oldState != newState {
        settings.append(SettingChange(.unit, name.text, before: oldState, after: newState, by: change))
      } else if case .loaded(let old) = old, case .loaded(let new) = new {
        for key in old.keys.union(new.keys).sorted() where old.value(key) != new.value(key) {
          settings.append(
            SettingChange(
              .unit, "\(name.text) \(key.text)", before: old.value(key), after: new.value(key), by: change))
        }
      }
    }
    return settings
  }

  /// The units and what concerns them, in the order of their names.
  private func concerned() throws(ConfigHistoryError) -> [(name: UnitName, changes: [ConfigChange])] {
    let all = try before.names().union(try after.names())
    var units: [UnitName: [ConfigChange]] = [:]
    for (change, place) in changes {
      switch place {
      case .unit(let name):
        units[name, default: []].append(change)
        for other in all where name.isTemplate && other.template == name {
          units[other, default: []].append(change)
        }
      case .dropIns(let name):
        if let name = UnitName(name) { units[name, default: []].append(change) }
        for other in all where other.text != name && other.takesDropIns(of: name) {
          units[other, default: []].append(change)
        }
      }
    }
    return units.sorted { $0.key.text < $1.key.text }.map { ($0.key, $0.value) }
  }

  /// The times of all the files that had a part in it.
  private static func merged(_ changes: [ConfigChange], _ last: ConfigChange) -> ConfigChange {
    var change = last
    change.firstSeenAt = changes.map(\.firstSeenAt).min() ?? last.firstSeenAt
    change.previousSeenAt = changes.compactMap(\.previousSeenAt).min()
    change.versions = changes.map(\.versions).max() ?? last.versions
    return change
  }
}
