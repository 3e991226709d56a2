internal import Evidence
internal import FoundationEssentials
internal import Redaction

/// One walk over a scope: compares each folder with what the store knows of it, and stores the difference in
/// batches.
final class ScanPass {
  /// Deeper folders are not entered; each level holds a descriptor open.
  private static let maximumDepth = 64
  private static let stepsPerBatch = 1000
  private static let bytesPerBatch = 8 << 20

  let database: HistoryDatabase
  let scope: ScopeMatcher
  /// The scope of the last whole scan: a path that it did not have is not new, only newly watched.
  let previousScope: ScopeMatcher?
  private let limits: ConfigScope
  private let at: Timestamp
  /// Is told of each folder before it is listed.
  private let watch: (any EventSource)?
  let actors: ActorLookup
  private var mounts = MountTable(parsing: [])
  private let shouldStop: () -> Bool
  private var examiner: Examiner
  private var storedNames: StoredNames
  /// Reads what has not changed and holds secrets, too; see `FoundSecrets`.
  private let readsSecrets: Bool

  /// Keyed hashes of the kernel's values as they are in the store.
  var kernelValues: [[UInt8]: Data] = [:]
  private var unreadableKernelValues = 0
  private(set) var report = ScanReport()
  private var isFull = false
  private var gaps = GapCollector()
  private var steps: [ScanStep] = []
  private var pendingBytes = 0

  init(
    database: HistoryDatabase, scope: ConfigScope, matcher: ScopeMatcher, previous: ScopeMatcher?,
    examiner: Examiner, names: consuming StoredNames, at: Timestamp, readsSecrets: Bool,
    watch: (any EventSource)?, actors: @escaping ActorLookup, shouldStop: @escaping () -> Bool
  ) {
    storedNames = names
    self.readsSecrets = readsSecrets
    self.database = database
    self.scope = matcher
    previousScope = previous
    limits = scope
    self.examiner = examiner
    self.at = at
    self.watch = watch
    self.actors = actors
    self.shouldStop = shouldStop
  }

  /// Walks the whole scope.
  func run() throws(ConfigHistoryError) {
    begin()
    for path in scope.invalid {
      gaps.add(.sourceError, "\(path): not an absolute path; correct config_history.paths")
    }
    for root in scope.roots where canGoOn() {
      watchWay(to: root)
      try visitRoot(root)
    }
    try end()
  }

  func begin() {
    do {
      mounts = try MountTable.current()
    } catch {
      gaps.add(
        .sourceError,
        "\(MountTable.path): cannot be read, so pseudo file systems are not told apart: \(error)")
    }
  }

  func end() throws(ConfigHistoryError) {
    if unreadableKernelValues > 0 {
      gaps.add(
        .permission,
        "/proc/sys: \(unreadableKernelValues) values are for root alone, or not set; they are not known")
    }
    try flush()
    report.filesRead = examiner.filesRead
    report.bytesRead = examiner.bytesRead
    report.redactions = examiner.redactions
    report.gaps = gaps.gaps
  }

  /// A root that is replaced, moved or not yet there shows in the folders above it. The highest is watched first:
  /// what appears below it while the next is looked for gives an event.
  func watchWay(to root: [UInt8]) {
    guard let watch, !KernelValues.contain(root) else { return }
    let parent = PathBytes.split(root).folder
    var path: [UInt8] = [slash]
    for name in [[]] + parent.split(separator: slash).map(Array.init) {
      if !name.isEmpty { path = PathBytes.join(path, name) }
      do throws(SystemFailure) {
        watch.watch(try OpenFolder(path: path), path: path, for: path == parent ? .contents : .names)
      } catch {
        // What is above it tells when it comes; whether the root can be read is its own visit's business.
        return
      }
    }
  }

  /// Not entered, a folder that is known already is not walked.
  func visitRoot(_ path: [UInt8], isEntered: Bool = true) throws(ConfigHistoryError) {
    let stored = stored(path: path)
    let known = try database.read { try $0.entry(stored) }
    let isFolder = known?.isLive == true && known?.metadata.type == .directory
    let candidate = Candidate(
      name: PathBytes.split(path).name, path: path, stored: stored, known: known, actor: actors(path),
      isEntered: isEntered || !isFolder)
    let place = Place(
      path: PathBytes.split(path).folder, stored: PathBytes.split(stored).folder, depth: 0, isListed: true,
      include: scope.include, exclude: scope.exclude, secret: scope.secret)
    let folder: OpenFolder
    do throws(SystemFailure) {
      folder = try OpenFolder(path: place.path)
    } catch {
      if !isPresent(after: error, candidate.stored) { try recordMissingRoot(candidate) }
      return
    }
    if try !visit(candidate, in: folder, place) { try recordMissingRoot(candidate) }
  }

  private func recordMissingRoot(_ candidate: Candidate) throws(ConfigHistoryError) {
    if scope.required.contains(candidate.path) {
      gaps.add(.sourceError, candidate.stored, "configured, but not there")
    }
    try recordAbsence(candidate)
  }

  /// - Returns: false where there is no such path.
  func visit(
    _ candidate: Candidate, in folder: borrowing OpenFolder, _ place: Place
  ) throws(ConfigHistoryError) -> Bool {
    guard !place.exclude.contains(candidate.path) else { return true }
    let finding: Finding?
    var metadata: Metadata
    do throws(SystemFailure) {
      metadata = try folder.metadata(of: candidate.name)
      finding = try find(candidate, metadata, in: folder, place)
    } catch {
      return isPresent(after: error, candidate.stored)
    }
    report.files += 1
    if mounts.isRemote(metadata.device) { report.isRemote = true }
    guard place.isIncluded(candidate.path, metadata.type) else { return true }
    if let type = mounts.pseudoType(of: metadata.device), !KernelValues.contain(candidate.path) {
      gaps.add(.notStored, candidate.stored, "on a \(type) file system, which is not watched")
      return true
    }
    var isListed = candidate.known?.isListed ?? false
    if let finding {
      metadata = finding.metadata
      isListed = try record(finding, candidate, place)
    }
    if metadata.type == .directory, candidate.isEntered, place.include.mayMatch(under: candidate.path) {
      try enter(candidate, in: folder, place, isListed: isListed)
    }
    return true
  }

  /// - Returns: `nil` where the store is up to date.
  private func find(
    _ candidate: Candidate, _ metadata: Metadata, in folder: borrowing OpenFolder, _ place: Place
  ) throws(SystemFailure) -> Finding? {
    let isSecret = place.secret.contains(candidate.path)
    if mounts.pseudoType(of: metadata.device) != nil {
      return try findKernelValue(candidate, metadata, in: folder, isSecret: isSecret)
    }
    let limit = limits.maximumFileBytes
    if let known = candidate.known, !(readsSecrets && known.holdsSecrets),
      known.isUpToDate(metadata, isSecret: isSecret, maximumFileBytes: limit)
    {
      return nil
    }
    return try examiner.examine(candidate.name, metadata, in: folder, at: candidate.path, isSecret: isSecret)
  }

  /// A kernel's value has no times that say anything: it is read each time.
  private func findKernelValue(
    _ candidate: Candidate, _ metadata: Metadata, in folder: borrowing OpenFolder, isSecret: Bool
  ) throws(SystemFailure) -> Finding? {
    guard KernelValues.contain(candidate.path) else { return nil }
    let known = candidate.known?.isLive == true ? candidate.known : nil
    guard metadata.type == .file else {
      let finding = Finding(metadata: metadata.withoutTimes)
      return known?.metadata.isSame(as: finding.metadata) == true ? nil : finding
    }
    // Some act when they are written to, and cannot be read.
    guard metadata.mode & 0o444 != 0 else { return nil }
    let finding = try examiner.examineKernelValue(candidate.name, metadata, in: folder, isSecret: isSecret)
    if finding.content == .unreadable { unreadableKernelValues += 1 }
    if known != nil, let hash = finding.keyedHash, kernelValues[candidate.path] == hash { return nil }
    kernelValues[candidate.path] = finding.keyedHash
    return finding
  }

  /// - Returns: whether what is new in the path, if it is a folder, is a creation.
  private func record(
    _ finding: Finding, _ candidate: Candidate, _ place: Place
  ) throws(ConfigHistoryError) -> Bool {
    if let gap = finding.gap { gaps.add(gap.cause, candidate.stored, gap.problem) }
    let known = candidate.known
    let isLive = known?.isLive == true
    if isLive, known?.metadata.type == .directory, finding.metadata.type != .directory {
      try add(.absent(nil, path: candidate.stored, actor: candidate.actor))
    }
    let isNew = place.isListed && previousScope?.covers(candidate.path) == true
    let observation = Observation(
      folder: place.stored, name: PathBytes.split(candidate.stored).name, finding: finding,
      isBaseline: !isLive && !isNew, known: known, actor: candidate.actor)
    pendingBytes += finding.stored?.count ?? 0
    try add(.observed(observation))
    return observation.isListed
  }

  private func enter(
    _ candidate: Candidate, in parent: borrowing OpenFolder, _ place: Place, isListed: Bool
  ) throws(ConfigHistoryError) {
    let (path, stored) = (candidate.path, candidate.stored)
    guard place.depth < Self.maximumDepth else {
      return gaps.add(
        .budget, stored, "more than \(Self.maximumDepth) folders deep; what is in it was not looked at")
    }
    let folder: OpenFolder
    do throws(SystemFailure) {
      folder = try OpenFolder(candidate.name, in: parent)
    } catch {
      return cannotList(stored, error, wasListed: isListed)
    }
    if !KernelValues.contain(path) { watch?.watch(folder, path: path, for: .contents) }
    guard let names = names(in: folder, stored, wasListed: isListed) else { return }
    let here = Place(
      path: path, stored: stored, depth: place.depth + 1, isListed: isListed,
      include: place.include.under(path), exclude: place.exclude.under(path),
      secret: place.secret.under(path), actor: candidate.actor)
    if try visitAll(names, in: folder, here), !isListed { try add(.listed(path: stored)) }
  }

  private func names(in folder: borrowing OpenFolder, _ path: [UInt8], wasListed: Bool) -> [[UInt8]]? {
    do throws(SystemFailure) {
      if let names = try folder.names(limit: max(0, limits.maximumFiles - report.files)) { return names }
      report.isFinished = false
      gaps.add(
        .budget, path, "holds more entries than config_history.max_files leaves; it was not looked at")
    } catch {
      cannotList(path, error, wasListed: wasListed)
    }
    return nil
  }

  /// Visits what is in a folder and what was in it: a name that was not listed is gone only if it cannot be
  /// found by name either, for a folder that is written to while it is read may skip entries.
  /// - Returns: whether nothing was left out.
  private func visitAll(
    _ names: [[UInt8]], in folder: borrowing OpenFolder, _ place: Place
  ) throws(ConfigHistoryError) -> Bool {
    for (name, known) in merge(stored(names), try database.read { try $0.entries(in: place.stored) }) {
      guard canGoOn() else { return false }
      let path = PathBytes.join(place.path, name.raw)
      let candidate = Candidate(
        name: name.raw, path: path, stored: PathBytes.join(place.stored, name.stored), known: known,
        actor: actors(path) ?? place.actor)
      if try !visit(candidate, in: folder, place) { try recordAbsence(candidate) }
    }
    return true
  }

  /// The names with their stored forms, in byte order of these.
  private func stored(_ names: [[UInt8]]) -> [EntryName] {
    var isInOrder = true
    let names = names.map { raw in
      let name = EntryName(raw: raw, stored: storedNames.name(raw))
      isInOrder = isInOrder && name.stored == raw
      return name
    }
    return isInOrder ? names : names.sorted { $0.stored.lexicographicallyPrecedes($1.stored) }
  }

  /// The path as the store has it.
  func stored(path: [UInt8]) -> [UInt8] { storedNames.path(path) }

  func recordAbsence(_ candidate: Candidate) throws(ConfigHistoryError) {
    guard let known = candidate.known, known.isLive else { return }
    try add(.absent(known, path: candidate.stored, actor: candidate.actor))
  }
}

/// The bookkeeping of a pass.
extension ScanPass {
  /// - Returns: false where the failure means that there is no such path; any other one is a gap.
  func isPresent(after failure: SystemFailure, _ path: [UInt8]) -> Bool {
    if failure.isAbsence { return false }
    gaps.add(failure, path)
    return true
  }

  private func cannotList(_ path: [UInt8], _ failure: SystemFailure, wasListed: Bool) {
    // What is in it was seen before and is not now.
    if wasListed { report.isFinished = false }
    gaps.add(failure, path)
  }

  func canGoOn() -> Bool {
    guard !report.isStopped, !isFull else { return false }
    if shouldStop() {
      report.isStopped = true
      gaps.add(.timeout, "the scan was stopped after \(report.files) entries; the rest keeps its last state")
    } else if report.files >= limits.maximumFiles {
      isFull = true
      gaps.add(
        .budget,
        "the scan ended at its limit of \(limits.maximumFiles) entries; raise config_history.max_files")
    }
    guard report.isStopped || isFull else { return true }
    report.isFinished = false
    return false
  }

  private func add(_ step: ScanStep) throws(ConfigHistoryError) {
    steps.append(step)
    if steps.count >= Self.stepsPerBatch || pendingBytes >= Self.bytesPerBatch { try flush() }
  }

  private func flush() throws(ConfigHistoryError) {
    guard !steps.isEmpty else { return }
    let applied = try database.apply(steps, hiding: storedNames.takeAdded(), at: at)
    report.changed += applied.changed
    report.baselines += applied.baselines
    steps.removeAll(keepingCapacity: true)
    pendingBytes = 0
  }
}

/// Who changed a path, where that is known.
typealias ActorLookup = ([UInt8]) -> ChangeActor?

/// A path to look at, and what the store knows of it.
struct Candidate {
  var name: [UInt8]
  var path: [UInt8]
  /// The path as the store has it.
  var stored: [UInt8]
  var known: KnownEntry?
  var actor: ChangeActor?
  /// Whether what is in it, if it is a folder, is looked at too.
  var isEntered = true
}

/// The folder that is being walked.
struct Place {
  var path: [UInt8]
  /// The path as the store has it.
  var stored: [UInt8]
  var depth: Int
  /// Whether what is new in it is a creation.
  var isListed: Bool
  /// The patterns that can match in it.
  var include: GlobSet
  var exclude: GlobSet
  var secret: GlobSet
  /// Of who made the folder, and so what is in it.
  var actor: ChangeActor?

  /// Whether a path in it is a match, or a folder on the way to one.
  func isIncluded(_ path: [UInt8], _ type: FileState.FileType) -> Bool {
    include.contains(path) || (type == .directory && include.mayMatch(under: path))
  }
}

/// A name as the kernel has it, and as the store does.
private struct EntryName {
  var raw: [UInt8]
  var stored: [UInt8]
}

/// Both are in byte order; what is known and not listed counts only where it is live.
private func merge(_ names: [EntryName], _ known: [KnownEntry]) -> [(name: EntryName, known: KnownEntry?)] {
  var merged: [(name: EntryName, known: KnownEntry?)] = []
  merged.reserveCapacity(names.count)
  var rest = known[...]
  for name in names {
    while let first = rest.first, first.name.lexicographicallyPrecedes(name.stored) {
      if first.isLive { merged.append((EntryName(raw: first.name, stored: first.name), first)) }
      rest.removeFirst()
    }
    merged.append((name, rest.first?.name == name.stored ? rest.popFirst() : nil))
  }
  return merged + rest.filter(\.isLive).map { (EntryName(raw: $0.name, stored: $0.name), $0) }
}
