internal import Crypto
internal import Evidence
internal import FoundationEssentials
internal import Redaction

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Looks into a path: reads what may be read, and lets go of the raw bytes once they are hashed and redacted.
struct Examiner {
  private static let attempts = 3
  /// File systems keep times as coarsely as two seconds (FAT) or a kernel tick: a file that changed so
  /// recently could change again without another time.
  private static let settlingSeconds = 2.0

  private let redactor: Redactor
  private let key: SymmetricKey
  private let maximumFileBytes: Int
  private var buffer: [UInt8] = []
  private(set) var filesRead = 0
  private(set) var bytesRead = 0
  /// What was redacted in what was read.
  private(set) var redactions = RedactionCounts()

  init(redactor: Redactor, key: SymmetricKey, maximumFileBytes: Int) {
    self.redactor = redactor
    self.key = key
    self.maximumFileBytes = maximumFileBytes
  }

  /// `metadata` is of a moment ago: what is there now may be something else.
  /// - Returns: what is at the path, with the metadata of what was read.
  /// - Throws: where there is nothing at the path any more, or the folder cannot be searched.
  mutating func examine(
    _ name: [UInt8], _ metadata: Metadata, in folder: borrowing OpenFolder, at path: [UInt8], isSecret: Bool
  ) throws(SystemFailure) -> Finding {
    let scoped = redactor.scoped(path: String(decoding: path, as: UTF8.self))
    var finding = Finding(metadata: metadata)
    for attempt in 1...Self.attempts {
      if attempt > 1 { finding = Finding(metadata: try folder.metadata(of: name)) }
      let settled = Timestamp.now().adding(seconds: -Self.settlingSeconds).nanoseconds
      let isRead =
        switch finding.metadata.type {
        case .file: try readFile(name, in: folder, scoped, isSecret: isSecret, into: &finding)
        case .symlink: try readTarget(name, in: folder, into: &finding)
        case .device: setNumber(of: &finding)
        case .directory, .fifo, .socket: true
        }
      if finding.attributes == nil { useAttributes(of: folder.attributes(of: name), isSecret, in: &finding) }
      finding.isSettled = finding.metadata.changed < settled && finding.gap == nil
      if isRead { return finding }
    }
    return finding
  }

  /// Reads a file of `KernelValues`, whose size is not known before.
  ///
  /// - Throws: where there is nothing at the path any more.
  mutating func examineKernelValue(
    _ name: [UInt8], _ metadata: Metadata, in folder: borrowing OpenFolder, isSecret: Bool
  ) throws(SystemFailure) -> Finding {
    var finding = Finding(metadata: metadata.withoutTimes)
    do throws(SystemFailure) {
      let count = try read(OpenFile(name, in: folder), expecting: KernelValues.maximumBytes)
      finding.metadata.size = Int64(count)
      use(count, redactor, isSecret: isSecret, in: &finding)
    } catch {
      // For root alone; or not set, which the kernel says by EINVAL, EIO and others. There are many: the scan counts.
      finding.content = .unreadable
    }
    return finding
  }

  /// - Returns: false where the file changed or was replaced while it was read.
  private mutating func readFile(
    _ name: [UInt8], in folder: borrowing OpenFolder, _ redactor: Redactor, isSecret: Bool,
    into finding: inout Finding
  ) throws(SystemFailure) -> Bool {
    guard finding.metadata.size <= maximumFileBytes else {
      finding.content = isSecret ? .secret : .oversize
      return true
    }
    do throws(SystemFailure) {
      let file = try OpenFile(name, in: folder)
      let before = try file.metadata()
      guard before.isSameFile(as: finding.metadata), before.size <= maximumFileBytes else {
        return fail(&finding, .sourceError, "replaced while it was read")
      }
      let count = try read(file, expecting: Int(before.size))
      let after = try file.metadata()
      finding.metadata = after
      finding.birth = file.birth
      use(count, redactor, isSecret: isSecret, in: &finding)
      useAttributes(of: file.attributes, isSecret, in: &finding)
      guard before == after, count == Int(before.size) else {
        finding.gap = (.sourceError, "changed while it was read; what was read may be a mixture")
        return false
      }
      return true
    } catch {
      return fail(&finding, error.isPermission ? .permission : .sourceError, error.text) || error.isPermission
    }
  }

  private func fail(_ finding: inout Finding, _ cause: GapCause, _ problem: String) -> Bool {
    finding.content = .unreadable
    finding.gap = (cause, problem)
    return false
  }

  /// Reads one byte more than expected, which shows a file that grows.
  private mutating func read(_ file: borrowing OpenFile, expecting size: Int) throws(SystemFailure) -> Int {
    if buffer.count < size + 1 { buffer = [UInt8](repeating: 0, count: size + 1) }
    var result: Result<Int, SystemFailure> = .success(0)
    buffer.withUnsafeMutableBytes { bytes in
      let room = UnsafeMutableRawBufferPointer(rebasing: bytes[...size])
      do throws(SystemFailure) { result = .success(try file.read(into: room)) } catch {
        result = .failure(error)
      }
    }
    let count = try result.get()
    filesRead += 1
    bytesRead += count
    return count
  }

  private mutating func use(_ count: Int, _ redactor: Redactor, isSecret: Bool, in finding: inout Finding) {
    let counts = buffer.withUnsafeBytes { bytes -> RedactionCounts? in
      let content = UnsafeRawBufferPointer(rebasing: bytes[..<count])
      finding.keyedHash = hash(content)
      if isSecret {
        finding.content = .secret
      } else if content.contains(0) {
        finding.content = .binary
      } else {
        finding.content = .stored
        let (redacted, counts, holdsSecrets) = redactor.redactNoting(content)
        finding.stored = redacted
        finding.holdsSecrets = holdsSecrets
        return counts
      }
      return nil
    }
    if let counts { redactions.add(counts) }
  }

  private func redacted(_ bytes: UnsafeRawBufferPointer, in finding: inout Finding) -> Redacted {
    let (redacted, _, holdsSecrets) = redactor.redactNoting(bytes)
    finding.holdsSecrets = finding.holdsSecrets || holdsSecrets
    return redacted
  }

  private func useAttributes(of place: AttributePlace, _ isSecret: Bool, in finding: inout Finding) {
    guard let attributes = ExtendedAttributes(of: place, isSecret: isSecret, key: key) else { return }
    var lines = attributes.lines.joined(separator: "\n")
    finding.attributes = lines.withUTF8 { redacted(UnsafeRawBufferPointer($0), in: &finding) }
  }

  private func readTarget(
    _ name: [UInt8], in folder: borrowing OpenFolder, into finding: inout Finding
  ) throws(SystemFailure) -> Bool {
    let target: [UInt8]
    do throws(SystemFailure) {
      target = try folder.target(of: name)
    } catch {
      return fail(&finding, .sourceError, error.text)
    }
    target.withUnsafeBytes { bytes in
      finding.keyedHash = hash(bytes)
      finding.target = redacted(bytes, in: &finding)
    }
    return true
  }

  private func setNumber(of finding: inout Finding) -> Bool {
    finding.target = redactor.redact(deviceText(finding.metadata.number))
    return true
  }

  private func hash(_ bytes: UnsafeRawBufferPointer) -> Data {
    Data(HMAC<SHA256>.authenticationCode(for: bytes, using: key))
  }
}

extension Metadata {
  func isSameFile(as other: Metadata) -> Bool {
    type == other.type && inode == other.inode && device == other.device
  }
}
