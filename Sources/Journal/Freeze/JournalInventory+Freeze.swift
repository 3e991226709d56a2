internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension JournalInventory {
  /// The files that were frozen, wherever they are by now: journald renames a file when it archives it. Of the files
  /// that there are now only those outside of the window are added, which tell how far back the journal goes.
  init(_ freeze: JournalFreeze, directory: String?, window: TimeWindow) {
    let live = JournalInventory.scan(directory: directory)
    self.init()
    searched = live.searched
    folders = live.folders
    let frozen = Set(freeze.files.map(\.identity))
    let places = Dictionary(live.files.map { ($0.identity, $0.path) }) { first, _ in first }
    for file in freeze.files {
      if file.method != .none, access(file.readPath, F_OK) == 0 {
        examine(file.path, readPath: file.readPath, frozen: file.parsedHeader)
      } else if let place = places[file.identity] {
        examine(place, frozen: file.parsedHeader)
      } else if let header = file.parsedHeader {
        vanished.append(JournalFile(path: file.path, identity: file.identity, header: header))
      }
    }
    // A file that could not even be opened is named by the look at what there is now.
    let named = Set(obstacles.map(\.path))
    obstacles += live.obstacles.filter { !named.contains($0.path) }
    files += live.files.filter {
      !frozen.contains($0.identity) && !JournalSelection.mayHold($0.header, window)
    }
    files.sort { $0.path < $1.path }
  }
}
