internal import Redaction

/// The fast way: most entries are runs of fields that are known, and a message between them.
extension ChunkRenderer {
  /// Writes an entry of runs that are known, and of the fields between them.
  ///
  /// - Parameters:
  ///   - file: that the entry is in.
  ///   - entry: whose items were read.
  /// - Returns: as `write`; `nil` when something of it was not known: nothing was written then.
  mutating func writeRuns(_ file: NativeFile, _ entry: JournalEntry) -> Bool? {
    let line = output.count
    let isApart = fields == .contexts
    contexts.begin(file: file.index, boot: entry.bootID)
    header.begin(entry, isApart: isApart, to: &output)
    let isKnown = appendRuns(file)
    let context = isKnown && isApart ? contexts.findKnown() : nil
    guard isKnown, !isApart || context != nil else {
      output.truncate(to: line)
      return nil
    }
    let isWritten = endLine(line, entry, context)
    if isWritten { for counts in ownRedactions { report.redactions.add(counts) } }
    return isWritten
  }

  /// - Returns: whether all fields of the entry were appended.
  private mutating func appendRuns(_ file: NativeFile) -> Bool {
    var names = NameSet()
    var index = 0
    while index < items.count {
      var hash = FieldRuns.hash(file.index, items.offsets[index])
      guard runs.isSteady(hash) else {
        guard appendSingle(file, items[index], &names) else { return false }
        index &+= 1
        continue
      }
      let start = index
      var sum: UInt64 = 0
      repeat {
        sum &+= hash
        index &+= 1
        if index < items.count { hash = FieldRuns.hash(file.index, items.offsets[index]) }
      } while index < items.count && runs.isSteady(hash)
      guard let run = runs.find(file.index, items, start..<index, sum),
        !header.groupsNames || names.isDisjoint(with: run.names)
      else { return false }
      names.formUnion(run.names)
      runs.append(run, to: &output, &contexts)
    }
    return true
  }

  private mutating func appendSingle(
    _ file: NativeFile, _ item: ItemList.Item, _ names: inout NameSet
  ) -> Bool {
    let start = output.count
    let key = FragmentCache.key(file: file.index, offset: item.offset)
    // What came into the file with this entry was not met before.
    let isNew = item.offset > lastOffset && file.index == lastFile
    let known = isNew ? nil : cache.find(key)
    guard let fragment = known ?? make(file, item, key), !fragment.needsCare,
      !fragment.traits.contains(.steady)
    else { return false }
    if header.groupsNames {
      let isRepeated = renderer.names.isRepeated(fragment.name, in: entryNumber)
      guard !isRepeated, !names.contains(fragment.name) else { return false }
    }
    if fragment.isNotable { isNotable = true }
    guard isWritten(fragment, apart: false) else {
      output.truncate(to: start)
      return true
    }
    if known != nil { cache.append(fragment, to: &output) }
    // What was made of the field is in the output already, and if it is not kept its counts are where they belong.
    if fragment.redactions >= 0 && fragment.arena != Fragment.own {
      ownRedactions.append(redactions[Int(fragment.redactions)])
    }
    return true
  }

  /// Keeps the runs of the entry's fields.
  mutating func learn(_ file: NativeFile) {
    guard fragments.count == items.count else { return }
    var index = 0
    while index < fragments.count {
      guard isSteady(fragments[index]) else {
        index += 1
        continue
      }
      let start = index
      var sum: UInt64 = 0
      while index < fragments.count, isSteady(fragments[index]) {
        sum &+= FieldRuns.hash(file.index, items.offsets[index])
        index += 1
      }
      if runs.find(file.index, items, start..<index, sum) == nil { insertRun(file, start..<index) }
    }
  }

  private func isSteady(_ fragment: Fragment) -> Bool {
    fragment.traits.contains(.steady) && fragment.arena != Fragment.own && fragment.name < 256
      && !fragment.needsCare
      && (fragment.redactions < 0 || fragment.traits.contains(.context) && fields == .contexts)
  }

  private mutating func insertRun(_ file: NativeFile, _ range: Range<Int>) {
    var names = NameSet()
    let isApart = fields == .contexts
    var text = ByteBuffer(capacity: 1024)
    for index in range {
      let fragment = fragments[index]
      names.insert(fragment.name)
      if isWritten(fragment, apart: isApart) { cache.append(fragment, to: &text) }
    }
    runs.insert(names, file.index, items, range, text.bytes) { fragments[$0].traits.contains(.context) }
  }
}
