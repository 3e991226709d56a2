package import Evidence
package import Redaction

/// Writes the changes of a window as one patch that `git apply` and `patch -p1` take from the redacted old
/// state to the redacted new one, under a folder that stands for `/`.
///
/// The form is git's (`git help diff`, "Generating patch text with -p"). What it cannot express is a comment
/// before the first section, which both tools pass over: contents that are not kept, and paths that the tools
/// refuse. Modes are git's two; folders, owners, fifos, sockets and devices are in `changes.jsonl` only.
package struct ConfigPatch: Sendable {
  private static let artifact = "config/changes.patch"

  private let history: HistoryReader
  private let redactor: Redactor
  private let maximumBytes: Int

  /// What was written, and what was not.
  package struct Summary: Sendable, Hashable {
    /// Sections, one for each file; a file that became a symlink has two.
    package var sections = 0
    package var bytes = 0
    /// In the artifact `config/changes.patch`: at most twenty of one cause by name, the rest by number.
    package var gaps: [Gap] = []
  }

  /// Sections that do not fit into `maximumBytes` are left out, with a gap.
  package init(history: HistoryReader, redactor: Redactor, maximumBytes: Int) {
    self.history = history
    self.redactor = redactor
    self.maximumBytes = maximumBytes
  }

  /// Hands the patch over in pieces, one section each. Without any section nothing is written, for neither
  /// tool takes a patch of comments only.
  /// - Parameters:
  ///   - changes: as `ChangeHistory.changes(in:)` gives them.
  ///   - emit: takes the next piece.
  /// - Returns: what was written, and what was not.
  /// - Throws: `ConfigHistoryError` when the store fails, and what `emit` throws.
  package func write(_ changes: [ConfigChange], to emit: (Redacted) throws -> Void) throws -> Summary {
    var gaps = GapCollector(artifact: Self.artifact)
    var summary = Summary()
    let (parts, notes) = plan(changes, &gaps)
    func write(_ piece: Redacted) throws {
      summary.bytes += piece.count
      try emit(piece)
    }
    for part in parts {
      guard let section = try section(part, &gaps) else { continue }
      guard section.count <= maximumBytes - summary.bytes else {
        gaps.add(.budget, part.path, "its changes do not fit into the \(maximumBytes) bytes of the patch")
        continue
      }
      if summary.sections == 0, !notes.isEmpty { try write(redactor.redact(notes.joined())) }
      try write(section)
      summary.sections += 1
    }
    summary.gaps = gaps.gaps
    return summary
  }

  /// A change of one file as git sees it.
  private struct Part {
    var path: [UInt8]
    var previousPath: [UInt8]?
    var before: FileState?
    var after: FileState?
  }

  private func plan(_ changes: [ConfigChange], _ gaps: inout GapCollector) -> (parts: [Part], notes: [String])
  {
    let exchanged = changes.filter(\.isExchangeWithFolder).map(\.rawPath)
    var parts: [Part] = []
    var notes: [String] = []
    for change in changes where change.kind != .reverted {
      for part in self.parts(of: change, exchanged) {
        if let reason = refusal(part, exchanged) {
          notes.append("# \(PatchSection.quoted("", part.path)): \(change.kind.rawValue); \(reason)\n")
          gaps.add(.notStored, part.path, reason)
        } else if let before = part.before, let after = part.after, before.type != after.type {
          parts.append(Part(path: part.path, before: before))
          parts.append(Part(path: part.path, after: after))
        } else if part.previousPath != nil || part.before?.gitIdentity != part.after?.gitIdentity {
          parts.append(part)
        }
      }
    }
    return (parts, notes)
  }

  /// A rename is one part where git can say it. It is a deletion and a creation where tools refuse one of the paths, or one
  /// of the contents is not kept.
  private func parts(of change: ConfigChange, _ exchanged: [[UInt8]]) -> [Part] {
    var part = Part(path: change.rawPath, before: inPatch(change.before), after: inPatch(change.after))
    guard let previous = change.rawPreviousPath else { return [part] }
    let ends = [Part(path: previous, before: part.before), Part(path: part.path, after: part.after)]
    guard ends.allSatisfy({ refusal($0, exchanged) == nil }) else { return ends }
    part.previousPath = previous
    return [part]
  }

  /// For git there are files and symlinks, and nothing else.
  private func inPatch(_ state: FileState?) -> FileState? {
    state?.type == .file || state?.type == .symlink ? state : nil
  }

  private func refusal(_ part: Part, _ exchanged: [[UInt8]]) -> String? {
    guard part.before != nil || part.after != nil else { return nil }
    if isRefused(part.path) { return "a path that patch tools refuse" }
    // GNU patch looks at the tree as it was before the first section.
    if exchanged.contains(where: { PathBytes.isPath(part.path, atOrUnder: $0) }) {
      return "a file and a folder changed places, which patch tools refuse"
    }
    for state in [part.after, part.before].compactMap(\.self)
    where state.type == .file && state.content != .stored {
      return "its content is not kept (\(state.content.rawValue))"
    }
    return nil
  }

  /// git refuses what could be its own folder on any file system (`verify_path`); GNU patch refuses line
  /// feeds.
  private func isRefused(_ path: [UInt8]) -> Bool {
    if path.contains(UInt8(ascii: "\n")) { return true }
    return path.split { $0 == slash || $0 == UInt8(ascii: "\\") }.contains { component in
      var name = String(decoding: component.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased()
      while name.hasSuffix(" ") || name.hasSuffix(".") { name.removeLast() }
      return name == ".git" || name == "git~1"
    }
  }

  /// - Returns: `nil`, with a gap, where a content is gone or the section would not be what was stored.
  private func section(_ part: Part, _ gaps: inout GapCollector) throws(ConfigHistoryError) -> Redacted? {
    let before = try side(part.before, part.previousPath ?? part.path)
    let after = try side(part.after, part.path)
    guard (before == nil) == (part.before == nil), (after == nil) == (part.after == nil) else {
      gaps.add(.notStored, part.path, "its older content was pruned")
      return nil
    }
    let section = PatchSection(
      path: Array(part.path.dropFirst()), previousPath: part.previousPath.map { Array($0.dropFirst()) },
      before: before, after: after
    ).bytes
    let scoped = redactor.scoped(path: String(decoding: part.path, as: UTF8.self))
    let redacted = section.withUnsafeBytes { scoped.redact($0) }
    guard redacted.withUnsafeBytes({ $0.elementsEqual(section) }) else {
      gaps.add(
        .redactionFailed, part.path, "its section holds what the redactor takes for a secret; it is left out")
      return nil
    }
    return redacted
  }

  private func side(_ state: FileState?, _ path: [UInt8]) throws(ConfigHistoryError) -> PatchSection.Side? {
    guard let state else { return nil }
    if state.type == .symlink {
      return PatchSection.Side(mode: state.gitMode, bytes: Array((state.target ?? "").utf8))
    }
    return try history.content(of: state, path: path, redactor: redactor).map { content in
      PatchSection.Side(mode: state.gitMode, bytes: content.withUnsafeBytes { Array($0) })
    }
  }
}

extension ConfigChange {
  fileprivate var isExchangeWithFolder: Bool {
    kind == .type && (before?.type == .directory || after?.type == .directory)
  }
}

extension FileState {
  /// git keeps whether the owner may execute, and nothing else.
  fileprivate var gitMode: String {
    if type == .symlink { return "120000" }
    return (UInt32(mode, radix: 8) ?? 0) & 0o100 == 0 ? "100644" : "100755"
  }

  /// Equal where git sees no change.
  fileprivate var gitIdentity: [String?] { [gitMode, sha256, target] }
}
