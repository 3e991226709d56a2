/// Writes entries as lines of JSON in the shape of `journalctl -o json --all` (journal-json-format in
/// systemd's docs): `__CURSOR`, `__REALTIME_TIMESTAMP`, `__MONOTONIC_TIMESTAMP` and `_BOOT_ID` first, all
/// values strings, but an array of byte numbers where a value is not text, and an array of values where a
/// name comes more than once.
///
/// ```swift
/// encoder.begin(entry, to: &output)
/// encoder.append(name: name, value: value, to: &output)   // for each field
/// encoder.end(to: &output)
/// ```
/// `output` may be cleared between entries, but not change otherwise between `begin` and `end`. The
/// encoder's own memory is that of the entry with the most fields.
package struct JournalJSONEncoder: Sendable {
  private var members = JSONMembers()
  /// Where the fields begin in the output.
  private var start = 0
  private var regrouped: [UInt8] = []

  package init() {}

  package mutating func begin(_ entry: JournalEntry, to output: inout [UInt8]) {
    members.removeAll()
    output.append(literal: "{\"__CURSOR\":\"")
    entry.appendCursor(to: &output)
    output.append(literal: "\",\"__REALTIME_TIMESTAMP\":\"")
    output.append(decimal: entry.realtime)
    output.append(literal: "\",\"__MONOTONIC_TIMESTAMP\":\"")
    output.append(decimal: entry.monotonic)
    output.append(literal: "\",\"_BOOT_ID\":\"")
    entry.bootID.append(to: &output)
    output.append(UInt8(ascii: "\""))
    start = output.count
  }

  /// Appends one field. `_BOOT_ID` is passed over: the entry has it.
  package mutating func append(
    name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer, to output: inout [UInt8]
  ) {
    if name.equals("_BOOT_ID") { return }
    output.append(literal: ",\"")
    let nameStart = output.count
    JSONText.append(escaping: name, to: &output)
    let nameEnd = output.count
    output.append(literal: "\":")
    let valueStart = output.count
    JSONText.append(value: value, to: &output)
    members.append(
      JSONMember(name: nameStart..<nameEnd, value: valueStart..<output.count), hash: name.shortHash,
      in: output)
  }

  package mutating func end(to output: inout [UInt8]) {
    if members.hasDuplicates { regroup(&output) }
    output.append(literal: "}\n")
  }

  /// Writes the fields again, with the values of one name together in an array.
  private mutating func regroup(_ output: inout [UInt8]) {
    regrouped.removeAll(keepingCapacity: true)
    for index in members.list.indices where members.list[index].isFirst {
      let member = members.list[index]
      regrouped.append(literal: ",\"")
      regrouped.append(contentsOf: output[member.name])
      regrouped.append(literal: "\":")
      guard member.next != nil else {
        regrouped.append(contentsOf: output[member.value])
        continue
      }
      regrouped.append(UInt8(ascii: "["))
      var position: Int? = index
      while let current = position {
        if current != index { regrouped.append(UInt8(ascii: ",")) }
        regrouped.append(contentsOf: output[members.list[current].value])
        position = members.list[current].next
      }
      regrouped.append(UInt8(ascii: "]"))
    }
    output.removeSubrange(start...)
    output.append(contentsOf: regrouped)
  }
}

/// A field as it stands in the output, and the next one of the same name.
struct JSONMember {
  var name: Range<Int>
  var value: Range<Int>
  var hash: UInt64 = 0
  var isFirst = true
  var next: Int?
  /// Of the first of a name: where its chain ends so far.
  var lastOfName: Int = 0

  init(name: Range<Int>, value: Range<Int>) {
    self.name = name
    self.value = value
  }
}

/// The fields of one entry, indexed by name in an open hash table that is kept from entry to entry: a slot
/// counts only when it bears the current generation.
struct JSONMembers: Sendable {
  private(set) var list: [JSONMember] = []
  private(set) var hasDuplicates = false
  private var slots: [Slot] = Array(repeating: Slot(), count: 256)
  private var generation: UInt64 = 0

  private struct Slot {
    var generation: UInt64 = 0
    var index = 0
  }

  mutating func removeAll() {
    list.removeAll(keepingCapacity: true)
    hasDuplicates = false
    generation += 1
  }

  mutating func append(_ member: JSONMember, hash: UInt64, in output: [UInt8]) {
    if list.count * 2 >= slots.count { grow() }
    var member = member
    member.hash = hash
    member.lastOfName = list.count
    let slot = slot(of: member, in: output)
    if slots[slot].generation == generation {
      let first = slots[slot].index
      member.isFirst = false
      list[list[first].lastOfName].next = list.count
      list[first].lastOfName = list.count
      hasDuplicates = true
    } else {
      slots[slot] = Slot(generation: generation, index: list.count)
    }
    list.append(member)
  }

  /// The slot that holds this name, or the free one where it belongs.
  private func slot(of member: JSONMember, in output: [UInt8]) -> Int {
    var slot = Int(truncatingIfNeeded: member.hash) & (slots.count - 1)
    while slots[slot].generation == generation {
      let other = list[slots[slot].index]
      if other.hash == member.hash && output[other.name].elementsEqual(output[member.name]) { break }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  private mutating func grow() {
    slots = Array(repeating: Slot(), count: slots.count * 2)
    generation += 1
    for index in list.indices where list[index].isFirst {
      var slot = Int(truncatingIfNeeded: list[index].hash) & (slots.count - 1)
      while slots[slot].generation == generation { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = Slot(generation: generation, index: index)
    }
  }
}

extension UnsafeRawBufferPointer {
  /// Spreads field names over the table; equal names have equal hashes, nothing more is promised.
  var shortHash: UInt64 {
    var hash = UInt64(count)
    for byte in self { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return hash ^ hash >> 32
  }
}
