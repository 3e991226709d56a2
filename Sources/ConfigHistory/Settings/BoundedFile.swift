/// Whole files of known places.
enum BoundedFile {
  /// - Returns: at most `limit` bytes; what is beyond is not read.
  static func read(_ path: String, limit: Int) throws(SystemFailure) -> [UInt8] {
    let (folder, name) = PathBytes.split(Array(path.utf8))
    let file = try OpenFile(name, in: OpenFolder(path: folder))
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(limit, 64 << 10))
    while bytes.count < limit {
      var result: Result<Int, SystemFailure> = .success(0)
      chunk.withUnsafeMutableBytes { buffer in
        do throws(SystemFailure) { result = .success(try file.read(into: buffer)) } catch {
          result = .failure(error)
        }
      }
      let count = try result.get()
      bytes += chunk[..<min(count, limit - bytes.count)]
      if count < chunk.count { break }
    }
    return bytes
  }

  static func text(_ path: String, limit: Int) throws(SystemFailure) -> String {
    String(decoding: try read(path, limit: limit), as: UTF8.self)
  }
}
