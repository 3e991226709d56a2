internal import Evidence

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Pins the files of one capture. What cannot be pinned is listed all the same, with the reason.
struct PinPass {
  let capture: String
  let roots: [String]
  let window: TimeWindow
  private var budget: PinBudget
  private let deadline = ContinuousClock.now.advanced(by: .seconds(JournalPins.seconds))
  private var seen: Set<FileIdentity> = []
  private var refused: Set<String> = []
  private(set) var files: [FrozenFile] = []

  init(capture: String, roots: [String], window: TimeWindow, budget: PinBudget) {
    self.capture = capture
    self.roots = roots
    self.window = window
    self.budget = budget
  }

  private struct Candidate {
    var path: String
    var distance: Int64
  }

  /// Pins those of the files that are not pinned yet, the ones nearest to the window first, since limits cut at the
  /// end.
  ///
  /// - Returns: whether there was any.
  mutating func take(_ paths: [String]) -> Bool {
    let before = files.count
    var candidates: [Candidate] = []
    for path in paths where !refused.contains(path) {
      guard let file = PinnableFile(path) else {
        refuse(path, errno)
        continue
      }
      guard !seen.contains(file.identity) else { continue }
      guard let header = file.parsedHeader else {
        list(file, path: path, method: .none, refusal: "it has no journal header")
        continue
      }
      guard JournalSelection.mayHold(header, window) else { continue }
      candidates.append(Candidate(path: path, distance: JournalSelection.distance(header, window)))
    }
    for candidate in candidates.sorted(by: { ($0.distance, $0.path) < ($1.distance, $1.path) }) {
      pin(candidate.path)
    }
    return files.count > before
  }

  /// Opened anew: its name may be another file's by now, and its header is the latest.
  private mutating func pin(_ path: String) {
    guard let file = PinnableFile(path) else { return refuse(path, errno) }
    guard !seen.contains(file.identity) else { return }
    guard files.count < JournalPins.fileLimit else {
      return list(file, path: path, refusal: "a capture pins at most \(JournalPins.fileLimit) files")
    }
    guard ContinuousClock.now < deadline else {
      return list(file, path: path, refusal: "there was no time left after \(JournalPins.seconds) s")
    }
    guard budget.take(file.identity, bytes: file.bytes) else {
      return list(file, path: path, refusal: "the limit of journal.freeze.max_pinned is reached")
    }
    guard let root = roots.first(where: { path.hasPrefix($0 + "/") }) else { return }
    let name = "\(file.identity.inode).journal"
    do throws(SystemFailure) {
      let folder = try PinFolder(creatingIn: root, capture: capture)
      do throws(SystemFailure) {
        try folder.link(file.descriptor, as: name)
        list(file, path: path, readPath: "\(folder.path)/\(name)", method: .link, refusal: nil)
      } catch let refusal {
        try folder.clone(file.descriptor, as: name)
        list(file, path: path, readPath: "\(folder.path)/\(name)", method: .reflink, refusal: "\(refusal)")
      }
    } catch {
      list(file, path: path, refusal: "\(error)")
    }
  }

  /// Reads the headers of the pinned files anew. After a rotation during the pass: what was written between would
  /// look like entries that are gone.
  mutating func refresh() {
    files = files.map(\.refreshed)
  }

  private mutating func list(
    _ file: borrowing PinnableFile, path: String, readPath: String? = nil, method: FreezeMethod = .none,
    refusal: String?
  ) {
    seen.insert(file.identity)
    files.append(
      FrozenFile(
        path: path, readPath: readPath ?? path, method: method, device: file.identity.device,
        inode: file.identity.inode, bytes: file.bytes, header: file.header, refusal: refusal))
  }

  /// A file that cannot be opened; one that is gone was renamed, and the next listing has it.
  private mutating func refuse(_ path: String, _ error: Int32) {
    guard error != ENOENT else { return }
    refused.insert(path)
    files.append(
      FrozenFile(
        path: path, readPath: path, method: .none, device: 0, inode: 0, bytes: 0, header: [],
        refusal: errorText(error)))
  }
}

/// A regular file and its first bytes, closed when it goes out of scope.
struct PinnableFile: ~Copyable {
  let descriptor: Int32
  let identity: FileIdentity
  /// On disk.
  let bytes: Int
  /// As many of the first bytes as headers of today have; fewer of a short file.
  let header: [UInt8]

  /// Bytes of the longest header that systemd 257 writes.
  static let headerLength = 272

  /// - Returns: `nil`, with `errno` set, when the file cannot be opened or read.
  init?(_ path: String) {
    // Not blocked by a pipe of that name.
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard opened >= 0 else { return nil }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      close(opened)
      return nil
    }
    var start = [UInt8](repeating: 0, count: Self.headerLength)
    let isFile = status.st_mode & S_IFMT == S_IFREG
    let count = isFile ? start.withUnsafeMutableBytes { JournalFileHeader.read(opened, into: $0) } : 0
    descriptor = opened
    identity = FileIdentity(status)
    bytes = Int(status.st_blocks) * 512
    header = Array(start.prefix(max(0, count)))
  }

  deinit {
    close(descriptor)
  }

  var parsedHeader: JournalFileHeader? { header.withUnsafeBytes { JournalFileHeader($0) } }
}
