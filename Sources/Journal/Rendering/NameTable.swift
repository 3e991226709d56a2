internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What is known of a field by its name.
struct FieldTraits: OptionSet, BitwiseCopyable {
  let rawValue: UInt16

  /// `MESSAGE`: what block of text it stands in depends on the message before it.
  static let message = FieldTraits(rawValue: 1)
  /// `_BOOT_ID`: every entry has it, as part of what is written before its fields.
  static let header = FieldTraits(rawValue: 2)
  /// Entries of one process share it.
  static let context = FieldTraits(rawValue: 4)
  /// Left out of the `minimal` form.
  static let dispensable = FieldTraits(rawValue: 8)
  /// Has the same value in entry after entry.
  static let steady = FieldTraits(rawValue: 128)
  /// The timeline or the list of gaps can depend on it.
  static let eventful = FieldTraits(rawValue: 256)
  /// journald's own word, of a form that holds no secret: never masked.
  static let trusted = FieldTraits(rawValue: 16)
  /// In JSON the name says more than in `NAME=value`: the rendered field is redacted, too.
  static let telling = FieldTraits(rawValue: 32)
  /// Its meaning can depend on a field beside it (`{"name": "password", "value": "…"}`): the whole line is redacted.
  static let paired = FieldTraits(rawValue: 64)

  /// Whether a value is written unmasked: what is long, or is escaped, is none of journald's.
  func trusts(_ value: UnsafeRawBufferPointer, as kind: @autoclosure () -> JournalText.Kind) -> Bool {
    contains(.trusted) && value.count <= 256 && kind() == .plain
  }
}

/// The names of fields, each with a small number. It forgets nothing and is bounded: a program can make up names.
struct NameTable: ~Copyable {
  static let limit = 4096

  struct Name {
    var hash: UInt64
    var text: Range<Int>
    /// `,"NAME":`
    var key: Range<Int>
    var traits: FieldTraits
  }

  /// For each name the entry that had it last.
  private let seen: UnsafeMutablePointer<UInt64>

  private(set) var names: [Name] = []
  private var slots: [Int32] = Array(repeating: -1, count: 2 * limit)
  private var text = ByteBuffer(capacity: 4096)

  init() {
    seen = .allocate(capacity: Self.limit)
    seen.initialize(repeating: 0, count: Self.limit)
  }

  deinit {
    seen.deallocate()
  }

  /// The number of a name; `nil` when there is no room for one more.
  mutating func intern(
    _ name: UnsafeRawBufferPointer, traits: (UnsafeRawBufferPointer) -> FieldTraits
  ) -> Int? {
    let hash = name.shortHash
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] >= 0 {
      let known = names[Int(slots[slot])]
      if known.hash == hash && isSame(name, as: known.text) { return Int(slots[slot]) }
      slot = (slot + 1) & (slots.count - 1)
    }
    guard names.count < Self.limit else { return nil }
    slots[slot] = Int32(names.count)
    let start = text.count
    text.append(name)
    let keyStart = text.count
    text.append(literal: ",\"")
    JSONText.append(escaping: name, to: &text)
    text.append(literal: "\":")
    names.append(
      Name(hash: hash, text: start..<keyStart, key: keyStart..<text.count, traits: traits(name)))
    return names.count - 1
  }

  @inline(__always)
  private func isSame(_ name: UnsafeRawBufferPointer, as range: Range<Int>) -> Bool {
    guard name.count == range.count, let known = text.bytes.baseAddress, let start = name.baseAddress else {
      return false
    }
    return memcmp(known + range.lowerBound, start, name.count) == 0
  }

  /// `,"NAME":`
  @inline(__always)
  func appendKey(_ id: Int, to output: inout ByteBuffer) {
    output.append(UnsafeRawBufferPointer(rebasing: text.bytes[names[id].key]))
  }

  /// Lends a name.
  func withName(_ id: Int, _ body: (UnsafeRawBufferPointer) -> Void) {
    body(UnsafeRawBufferPointer(rebasing: text.bytes[names[id].text]))
  }

  mutating func add(_ traits: FieldTraits, to id: Int) {
    names[id].traits.formUnion(traits)
  }

  /// Notes that an entry has a field of that name.
  ///
  /// - Parameters:
  ///   - id: what `intern` gave.
  ///   - entry: a number of its own for each entry.
  /// - Returns: whether the entry had one already.
  @inline(__always)
  func isRepeated(_ id: UInt16, in entry: UInt64) -> Bool {
    defer { seen[Int(id)] = entry }
    return seen[Int(id)] == entry
  }
}

extension FieldTraits {
  /// - Parameter name: of a field.
  init(of name: UnsafeRawBufferPointer) {
    self = []
    if name.equals("MESSAGE") { insert(.message) }
    if name.equals("_BOOT_ID") { insert(.header) }
    if Self.isContext(name) { insert(.context) }
    if !isDisjoint(with: [.context, .header]) || Self.steadyNames.contains(where: { name.equals($0) }) {
      insert(.steady)
    }
    if !Self.minimalNames.contains(where: { name.equals($0) }) { insert(.dispensable) }
    if (JournalEvents.names + LossNotice.names).contains(where: { name.equals($0) }) { insert(.eventful) }
    if Self.trustedNames.contains(where: { name.equals($0) }) { insert(.trusted) }
    if Self.pairedNames.contains(where: { name.equals(ignoringCase: $0) }) { insert(.paired) }
  }

  /// Fields that journald adds are those of the process, but for these: what people look for stays with the
  /// entry, and what differs from entry to entry is no context.
  private static func isContext(_ name: UnsafeRawBufferPointer) -> Bool {
    if name.equals("SYSLOG_FACILITY") || name.equals("SYSLOG_PID") { return true }
    guard name[0] == UInt8(ascii: "_"), !name.hasPrefix("_SOURCE_"), !name.hasPrefix("_AUDIT_FIELD_") else {
      return false
    }
    return !own.contains { name.equals($0) }
  }

  private static let own: [StaticString] = [
    "_SYSTEMD_UNIT", "_PID", "_LINE_BREAK", "_AUDIT_ID", "_AUDIT_TYPE", "_AUDIT_TYPE_NAME",
    "_KERNEL_DEVICE", "_KERNEL_SUBSYSTEM", "_UDEV_SYSNAME", "_UDEV_DEVNODE", "_UDEV_DEVLINK",
  ]

  /// Besides those of a context.
  private static let steadyNames: [StaticString] = ["PRIORITY", "SYSLOG_IDENTIFIER", "_SYSTEMD_UNIT", "_PID"]

  private static let minimalNames: [StaticString] = [
    "_BOOT_ID", "MESSAGE", "PRIORITY", "SYSLOG_IDENTIFIER", "_PID", "_SYSTEMD_UNIT", "_TRANSPORT",
    "MESSAGE_ID",
    "UNIT", "_HOSTNAME",
  ]

  /// Programs cannot set fields that begin with an underscore (systemd.journal-fields(7)).
  private static let trustedNames: [StaticString] = [
    "_BOOT_ID", "_MACHINE_ID", "_SYSTEMD_INVOCATION_ID", "_STREAM_ID", "_SOURCE_REALTIME_TIMESTAMP",
    "_SOURCE_MONOTONIC_TIMESTAMP", "_SOURCE_BOOTTIME_TIMESTAMP", "_PID", "_UID", "_GID", "_CAP_EFFECTIVE",
    "_TRANSPORT", "_SYSTEMD_UNIT", "_SYSTEMD_SLICE", "_SYSTEMD_CGROUP", "_SYSTEMD_USER_UNIT",
    "_SYSTEMD_USER_SLICE", "_SYSTEMD_OWNER_UID", "_SYSTEMD_SESSION", "_HOSTNAME", "_AUDIT_SESSION",
    "_AUDIT_LOGINUID", "_RUNTIME_SCOPE", "_LINE_BREAK",
  ]

  private static let pairedNames: [StaticString] = ["name", "key", "value"]
}

extension UnsafeRawBufferPointer {
  /// Whether these bytes are that text of lower-case letters, in any case.
  fileprivate func equals(ignoringCase text: StaticString) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    return text.withUTF8Buffer { text in
      for index in 0..<count where self[index] | 0x20 != text[index] { return false }
      return true
    }
  }
}
