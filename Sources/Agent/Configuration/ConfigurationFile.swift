#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// A small regular file, read whole.
struct ConfigurationFile {
  var bytes: [UInt8]
  /// Permission bits of the inode.
  var mode: mode_t

  /// Reads at most `limit` bytes of the regular file at `path`.
  ///
  /// - Throws: What is wrong with the file, and the remedy.
  init(path: String, limit: Int) throws(Complaint) {
    // Without O_NONBLOCK a FIFO would keep the agent from starting.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else { throw ConfigurationFile.complaint(errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw ConfigurationFile.complaint(errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Complaint("not a regular file; name a file")
    }
    mode = status.st_mode & 0o7777
    bytes = try ConfigurationFile.contents(of: descriptor, limit: limit)
  }

  /// The file as text.
  ///
  /// - Throws: One problem: what is wrong with the file.
  static func text(path: String, limit: Int) throws(ConfigurationErrors) -> String {
    do throws(Complaint) {
      let file = try ConfigurationFile(path: path, limit: limit)
      guard let text = String(validating: file.bytes, as: UTF8.self) else {
        throw Complaint("not UTF-8 text; save the file as UTF-8")
      }
      return text
    } catch {
      throw ConfigurationErrors(problems: [ConfigurationProblem(file: path, message: error.message)])
    }
  }

  private static func contents(of descriptor: Int32, limit: Int) throws(Complaint) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &buffer, buffer.count)
      if count < 0 {
        guard errno == EINTR else { throw complaint(errno) }
        continue
      }
      guard count > 0 else { return bytes }
      guard bytes.count + count <= limit else {
        throw Complaint("larger than \(SizeUnit.render(Int64(limit))); remove what does not belong in it")
      }
      bytes += buffer[..<count]
    }
  }

  static func complaint(_ code: Int32) -> Complaint {
    switch code {
    case ENOENT: Complaint("no such file; create it, or name another")
    case EACCES, EPERM: Complaint("no permission to read it; make it readable for the user of the agent")
    default: Complaint("\(String(cString: strerror(code))); see that it can be read")
    }
  }
}
