internal import Evidence

/// Holds each unit to so many entries of the window, the newest ones: a service that logs in a loop must not keep out of
/// a bundle what the others said.
///
/// A journal file lists the entries of each unit, so that which entry is the first to stay is known before one is read.
/// Files that libsystemd reads are left whole.
struct UnitLimits: Sendable {
  /// Entries of a file that are passed over: those before an offset that have a certain field.
  private struct Cut {
    /// Of the DATA object `_SYSTEMD_UNIT=…`.
    var place: Int
    var before: Int
    /// In `units`.
    var unit: Int
  }

  /// Units of one file that are looked at; a damaged file can have as many as entries.
  private static let unitLimit = 65_536
  private static let fieldName = Array("_SYSTEMD_UNIT".utf8)

  /// By the index of the file; empty where no unit is beyond the limit.
  private var cuts: [[Cut]] = []
  private var units: [String] = []

  /// - Parameters:
  ///   - limit: the most entries of one unit; `nil` for all.
  ///   - files: that are read natively.
  ///   - query: whose window counts.
  init(_ limit: Int?, _ files: [NativeFile], _ query: JournalQuery) {
    guard let limit else { return }
    var reader = ObjectReader(fieldLimit: query.fieldLimit)
    var found: [String: [UnitEntries]] = [:]
    for file in files {
      for unit in Self.units(of: file, &reader) { found[unit.name, default: []].append(unit) }
    }
    cuts = Array(repeating: [], count: files.count)
    for (name, lists) in found.sorted(by: { $0.key < $1.key })
    where lists.reduce(0, { $0 + $1.list.count }) > limit {
      cut(name, lists, to: limit, query.window, &reader)
    }
    if units.isEmpty { cuts = [] }
  }

  /// Whether an entry is beyond the limit of its unit.
  ///
  /// - Parameters:
  ///   - file: that the entry is in.
  ///   - offset: of the entry.
  ///   - items: of the entry.
  /// - Returns: the unit because of which it is passed over; `nil` for one that stays.
  @inline(__always)
  func unitOmitting(_ file: Int, _ offset: Int, _ items: borrowing ItemList) -> String? {
    guard !cuts.isEmpty else { return nil }
    for cut in cuts[file] where offset < cut.before {
      for index in 0..<items.count where items.offsets[index] == cut.place { return units[cut.unit] }
    }
    return nil
  }

  /// The entries of a unit in one file.
  private struct UnitEntries {
    var name: String
    var file: NativeFile
    var place: Int
    var list: EntryList
  }

  private mutating func cut(
    _ name: String, _ lists: [UnitEntries], to limit: Int, _ window: TimeWindow, _ reader: inout ObjectReader
  ) {
    var room = limit
    for unit in lists.sorted(by: { $0.file.tailRealtime > $1.file.tailRealtime }) {
      let range = Self.places(of: window, in: unit, &reader)
      if range.count <= room {
        room -= range.count
        continue
      }
      let first = unit.list.offset(at: range.upperBound - room, unit.file, &reader)
      if units.last != name { units.append(name) }
      // Where nothing stays there is no first one; what is behind the window is not read anyway.
      cuts[unit.file.index].append(
        Cut(place: unit.place, before: room > 0 ? first ?? 0 : .max, unit: units.count - 1))
      room = 0
    }
  }

  /// The places in a unit's list whose entries lie in the window, by bisection.
  private static func places(of window: TimeWindow, in unit: UnitEntries, _ reader: inout ObjectReader)
    -> Range<Int>
  {
    func bound(_ time: Timestamp) -> Int {
      var (low, high) = (0, unit.list.count)
      while low < high {
        let middle = (low + high) / 2
        let entry = unit.list.offset(at: middle, unit.file, &reader).flatMap {
          reader.entry(unit.file, at: $0)
        }
        if let entry, entry.time < time { low = middle + 1 } else { high = middle }
      }
      return low
    }
    let start = bound(window.from)
    return start..<max(start, bound(window.to))
  }

  /// The units of a file, by the chain of DATA objects that hangs on the FIELD object of the name ("Field Objects").
  private static func units(of file: NativeFile, _ reader: inout ObjectReader) -> [UnitEntries] {
    var units: [UnitEntries] = []
    var offset = headOfChain(file, &reader)
    // Each new object is put before the others.
    var last = Int.max
    while offset != 0, offset < last, units.count < unitLimit,
      let head = reader.object(file, at: offset, type: .data, count: file.payloadOffset)
    {
      let (next, inline, array) = (head.le64(32), head.le64(40), head.le64(48))
      let entries = Int(clamping: head.le64(56))
      if let field = reader.field(file, ItemList.Item(offset: offset)), field.isIntact,
        let data = JournalField(field.payload), data.name.elementsEqual(fieldName)
      {
        let name = String(decoding: data.value, as: UTF8.self)
        let list = EntryList(
          file, head: Int(truncatingIfNeeded: array), inline: Int(truncatingIfNeeded: inline),
          promised: min(entries, file.entries), reader: &reader)
        units.append(UnitEntries(name: name, file: file, place: offset, list: list))
      }
      (last, offset) = (offset, Int(truncatingIfNeeded: next))
    }
    return units
  }

  /// - Returns: 0 when no entry has the field, or the table is damaged.
  private static func headOfChain(_ file: NativeFile, _ reader: inout ObjectReader) -> Int {
    let buckets = file.fieldHashTable.count / JournalFormat.hashItem
    let hash = fieldName.withUnsafeBytes {
      file.flags.contains(.keyedHash) ? DataHash.sip($0, key: file.fileID) : DataHash.jenkins($0)
    }
    guard buckets > 0,
      let bucket = reader.bytes(
        file, at: file.fieldHashTable.lowerBound + Int(hash % UInt64(buckets)) * JournalFormat.hashItem,
        count: 8)
    else { return 0 }
    var offset = Int(truncatingIfNeeded: bucket.le64(0))
    var last = 0
    while offset > last,
      let field = reader.object(
        file, at: offset, type: .field, count: JournalFormat.fieldHeader + fieldName.count)
    {
      let size = field.le64(8)
      let isName =
        field.le64(16) == hash && size == UInt64(JournalFormat.fieldHeader + fieldName.count)
        && field[JournalFormat.fieldHeader...].elementsEqual(fieldName)
      if isName { return Int(truncatingIfNeeded: field.le64(32)) }
      (last, offset) = (offset, Int(truncatingIfNeeded: field.le64(24)))
    }
    return 0
  }
}
