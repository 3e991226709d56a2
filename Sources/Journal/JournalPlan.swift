internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The files that a query needs, opened, and who reads each of them.
///
/// The set of files is fixed here: a file that journald archives meanwhile is read on, since it is open; one that it
/// deletes is a gap.
package struct JournalPlan: Sendable {
  package let query: JournalQuery
  /// Whether there is no file that anybody can read.
  package var isEmpty: Bool { native.isEmpty && fallback.isEmpty }
  let selection: JournalSelection
  private(set) var native: [NativeFile] = []
  /// Files for libsystemd, with the reason.
  private(set) var fallback: [(file: JournalFile, reason: String)] = []
  /// Files that nobody can read.
  private(set) var refused: [JournalObstacle] = []
  private(set) var unitLimits: UnitLimits

  /// How often the folder is looked at anew when journald rotates a file meanwhile; rotations are minutes apart.
  private static let attempts = 4

  /// - Throws: `JournalError` when there are no descriptors left.
  package init(_ query: JournalQuery) throws(JournalError) {
    var attempt = 0
    while true {
      attempt += 1
      let selection = JournalSelection(Self.inventory(of: query), window: query.window)
      guard var plan = try JournalPlan(query, selection, isLast: attempt == Self.attempts) else { continue }
      plan.unitLimits = UnitLimits(query.unitLimit, plan.native, query)
      self = plan
      return
    }
  }

  private static func inventory(of query: JournalQuery) -> JournalInventory {
    guard let freeze = query.freeze else { return .scan(directory: query.directory) }
    return JournalInventory(freeze, directory: query.directory, window: query.window)
  }

  /// - Returns: `nil` when a file is another one than was listed: its name is the next file's by now.
  private init?(_ query: JournalQuery, _ selection: JournalSelection, isLast: Bool) throws(JournalError) {
    self.query = query
    self.selection = selection
    unitLimits = UnitLimits(nil, [], query)
    for listed in selection.files {
      if query.reader == .libsystemd {
        fallback.append((listed, "the configuration says so"))
        continue
      }
      do throws(NativeRefusal) {
        let frozen = query.freeze == nil ? nil : listed.header.entries
        let file = try NativeFile(listed, index: native.count, entries: frozen)
        // Of a pinned file it is the very one, or its copy.
        guard file.file.identity == listed.identity || listed.isPinned || isLast else { return nil }
        native.append(file)
      } catch {
        if case .unreadable(let cause) = error, cause.errno == EMFILE || cause.errno == ENFILE { throw cause }
        if case .unreadable(let cause) = error, cause.errno == ENOENT, !isLast { return nil }
        refuse(listed, error)
      }
    }
  }

  private mutating func refuse(_ file: JournalFile, _ refusal: NativeRefusal) {
    let result = query.reader == .automatic ? SystemdJournal.probe(file.readPath) : -ENOTSUP
    if result >= 0 {
      fallback.append((file, refusal.reason))
    } else {
      let opinion = query.reader == .automatic ? ", and libsystemd refuses it (\(errorText(-result)))" : ""
      refused.append(JournalObstacle(path: file.path, kind: .corrupt(refusal.reason + opinion)))
    }
  }
}
