internal import Bundle
internal import Evidence
internal import Foundation

/// A log that logrotate(8) keeps: `history.log`, and beside it `history.log.1`, `history.log.2.gz`, or
/// `history.log-20261101.gz` with `dateext`.
struct RotatedLog {
  /// Files of one log that are looked at: logrotate keeps some dozens.
  private static let fileLimit = 1000
  /// Bytes of one log, all its files together, unpacked: years of an ordinary host.
  private static let byteLimit = 64 << 20
  private static let compressions = ["gz", "zst"]

  /// What of a log was read.
  struct Content {
    /// From the oldest to the newest.
    var bytes: [UInt8] = []
    /// Whether there is such a log.
    var exists = false
    /// What could not be read.
    var problems: [Problem] = []
  }

  struct Problem {
    var cause: GapCause
    var detail: String
    /// When the missing part was written last, where that is known.
    var until: Timestamp?
  }

  private struct File {
    var path: String
    /// Larger is older.
    var age: Int
    var modifiedAt: Timestamp

    var compression: String? {
      path.split(separator: ".").last.flatMap {
        RotatedLog.knownCompressions.contains(String($0)) ? String($0) : nil
      }
    }
  }

  private static let knownCompressions: Set<String> = ["gz", "zst", "xz", "bz2", "lz4", "Z"]

  let path: String

  /// Reads the log and those of its rotated files that were written to after `start`, each whole; where all of them
  /// are more than 64 MiB, the newest.
  func read(since start: Timestamp) -> Content {
    var content = Content()
    do {
      let current = try LogTail.read(path, limit: Self.byteLimit)
      content.exists = current != nil
      content.bytes = current?.bytes ?? []
      if current?.isCut == true { content.problems.append(tooLarge(path)) }
    } catch {
      content.problems.append(
        Problem(cause: error.isPermission ? .permission : .sourceError, detail: "\(error)"))
      return content
    }
    // The newest first: where there is no room for all of it, the oldest is left out.
    for file in rotated(&content).sorted(by: { $0.age < $1.age }) {
      // Between a rotation and the next line the log itself is not there.
      content.exists = true
      if file.modifiedAt >= start { prepend(file, to: &content) }
    }
    return content
  }

  private func prepend(_ file: File, to content: inout Content) {
    let room = Self.byteLimit - content.bytes.count
    do {
      let bytes: [UInt8]
      switch file.compression {
      case nil:
        let tail = try LogTail.read(file.path, limit: room)
        if tail?.isCut == true { content.problems.append(tooLarge(file.path, until: file.modifiedAt)) }
        bytes = tail?.bytes ?? []
      case let kind? where Self.compressions.contains(kind):
        bytes = try CompressedFile.read(file.path, limit: room)
      case let kind?:
        return content.problems.append(
          Problem(
            cause: .sourceError,
            detail: "\(file.path): \(kind) is not read; let logrotate compress with gzip or zstd",
            until: file.modifiedAt))
      }
      content.bytes = bytes + content.bytes
    } catch BundleError.limitExceeded {
      content.problems.append(tooLarge(file.path, until: file.modifiedAt))
    } catch let error as LogTailError {
      content.problems.append(
        Problem(
          cause: error.isPermission ? .permission : .sourceError, detail: "\(error)", until: file.modifiedAt))
    } catch {
      content.problems.append(
        Problem(cause: .sourceError, detail: "\(file.path): \(error)", until: file.modifiedAt))
    }
  }

  private func tooLarge(_ path: String, until: Timestamp? = nil) -> Problem {
    Problem(
      cause: .budget,
      detail: "\(path) and its siblings are larger than \(Self.byteLimit) bytes; the oldest is left out",
      until: until)
  }

  private func rotated(_ content: inout Content) -> [File] {
    let folder = (path as NSString).deletingLastPathComponent
    let name = (path as NSString).lastPathComponent
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    var names: [String] = []
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      content.problems.append(
        Problem(
          cause: .permission,
          detail: "\(folder) cannot be listed, so that rotated logs are not found: \(error)"))
    }
    return names.lazy.filter { $0.hasPrefix(name) }.prefix(Self.fileLimit).compactMap { candidate in
      guard let age = age(String(candidate.dropFirst(name.count))) else { return nil }
      let path = folder + "/" + candidate
      return LogTail.modificationTime(path).map { File(path: path, age: age, modifiedAt: $0) }
    }
  }

  /// `.2.gz` is 2; `-20261101.gz` is older the smaller its date is.
  private func age(_ suffix: String) -> Int? {
    let digits = suffix.dropFirst().prefix { $0.isASCII && $0.isNumber }
    let rest = suffix.dropFirst(1 + digits.count)
    guard let number = Int(digits), digits.count <= 10, rest.isEmpty || rest.first == ".",
      rest.isEmpty || Self.knownCompressions.contains(String(rest.dropFirst()))
    else { return nil }
    switch suffix.first {
    case ".": return number
    case "-": return 10_000_000_000 - number
    default: return nil
    }
  }
}
