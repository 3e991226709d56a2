/// Looking at single paths, which events spoke of.
extension ScanPass {
  /// Looks at the paths, and into those that are folders and new.
  ///
  /// The way from the root of the scope to each path is walked without following a symlink, as a whole scan
  /// does; a folder on that way that is not there, or not known, is looked at instead of what is in it.
  func run(_ paths: [PendingPath]) throws(ConfigHistoryError) {
    begin()
    for pending in paths where canGoOn() {
      if let root = scope.roots.first(where: { PathBytes.isPath(pending.path, atOrUnder: $0) }) {
        try visit(pending, under: root)
      } else {
        for root in scope.roots where PathBytes.isPath(root, atOrUnder: pending.path) {
          watchWay(to: root)
          try visitRoot(root)
        }
      }
    }
    try end()
  }

  private func visit(_ pending: PendingPath, under root: [UInt8]) throws(ConfigHistoryError) {
    guard !scope.exclude.contains(pending.path) else { return }
    guard pending.path != root else { return try visitRoot(root, isEntered: pending.isDeep) }
    let names = pending.path.dropFirst(root.count).split(separator: slash).map(Array.init)
    let folder: OpenFolder
    do throws(SystemFailure) {
      folder = try OpenFolder(PathBytes.split(root).name, in: OpenFolder(path: PathBytes.split(root).folder))
    } catch {
      return try visitRoot(root)
    }
    var path = root
    var known = [root]
    for name in names {
      path = PathBytes.join(path, name)
      known.append(path)
    }
    // One transaction, not one for each folder on the way.
    let entries = try database.read { db in try known.map { try db.entry($0) } }
    try descend(pending, names[...], entries[...], in: folder, root, depth: 1)
  }

  /// `path` is that of `folder`, and `names` lead from there to the path; `entries` begin with the folder's own.
  private func descend(
    _ pending: PendingPath, _ names: ArraySlice<[UInt8]>, _ entries: ArraySlice<KnownEntry?>,
    in folder: borrowing OpenFolder, _ path: [UInt8], depth: Int
  ) throws(ConfigHistoryError) {
    guard let name = names.first else { return }
    let here = PathBytes.join(path, name)
    let isListed = entries.first??.isListed ?? false
    let known = entries.dropFirst().first ?? nil
    let isFolder = known?.isLive == true && known?.metadata.type == .directory
    let candidate = Candidate(
      name: name, path: here, known: known, actor: actors(pending.path),
      isEntered: names.count > 1 || pending.isDeep || !isFolder)
    guard names.count > 1, isFolder else {
      return try look(at: candidate, in: folder, path, depth: depth, isListed: isListed)
    }
    let next: OpenFolder
    do throws(SystemFailure) {
      next = try OpenFolder(name, in: folder)
    } catch {
      // Gone, replaced, or closed to the agent: that is what is to be recorded.
      return try look(at: candidate, in: folder, path, depth: depth, isListed: isListed)
    }
    try descend(pending, names.dropFirst(), entries.dropFirst(), in: next, here, depth: depth + 1)
  }

  /// Listed is a folder in which what is new is a creation.
  private func look(
    at candidate: Candidate, in folder: borrowing OpenFolder, _ path: [UInt8], depth: Int, isListed: Bool
  ) throws(ConfigHistoryError) {
    let place = Place(
      path: path, depth: depth, isListed: isListed, include: scope.include.under(path),
      exclude: scope.exclude.under(path), secret: scope.secret.under(path), actor: nil)
    if try !visit(candidate, in: folder, place) { try recordAbsence(candidate) }
  }
}
