#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// Copies what the file had when its header was read, the first bytes as they were then: what a writer adds meanwhile
/// is not promised by it. A file that is another one by now is none to copy.
func copyJournalFile(
  _ file: FrozenFile, to path: String, until deadline: ContinuousClock.Instant
) throws(SystemFailure) {
  guard let source = PinnableFile(file.path) else { throw SystemFailure(call: "open", errno: errno) }
  guard source.identity == file.identity else { throw SystemFailure(call: "open", errno: ESTALE) }
  let target = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
  guard target >= 0 else { throw SystemFailure(call: "open", errno: errno) }
  defer { close(target) }
  do throws(SystemFailure) {
    try copyBytes(from: source.descriptor, to: target, limit: file.bytes + (64 << 20), until: deadline)
    try writeAll(file.header[...], to: target, at: 0)
  } catch {
    unlink(path)
    throw error
  }
}

/// Copies to the end of the source; zeros are left out, so that the copy takes no more room than a sparse source.
private func copyBytes(
  from source: Int32, to target: Int32, limit: Int, until deadline: ContinuousClock.Instant
) throws(SystemFailure) {
  var block = [UInt8](repeating: 0, count: 1 << 20)
  var offset = 0
  var written = 0
  while true {
    guard ContinuousClock.now < deadline else { throw SystemFailure(call: "copy", errno: ETIMEDOUT) }
    let count = pread(source, &block, block.count, off_t(offset))
    guard count >= 0 else { throw SystemFailure(call: "pread", errno: errno) }
    if count == 0 { break }
    if block[..<count].contains(where: { $0 != 0 }) {
      written += count
      guard written <= limit else { throw SystemFailure(call: "copy", errno: EFBIG) }
      try writeAll(block[..<count], to: target, at: offset)
    }
    offset += count
  }
  guard ftruncate(target, off_t(offset)) == 0 else { throw SystemFailure(call: "ftruncate", errno: errno) }
}

private func writeAll(_ bytes: ArraySlice<UInt8>, to target: Int32, at start: Int) throws(SystemFailure) {
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes {
      pwrite(target, $0.baseAddress.map { $0 + done }, $0.count - done, off_t(start + done))
    }
    guard count > 0 else { throw SystemFailure(call: "pwrite", errno: count < 0 ? errno : EIO) }
    done += count
  }
}

func writeFile(_ bytes: [UInt8], to path: String) throws(SystemFailure) {
  let target = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
  guard target >= 0 else { throw SystemFailure(call: "open \(path)", errno: errno) }
  defer { close(target) }
  try writeAll(bytes[...], to: target, at: 0)
}

/// - Returns: `nil` when there is no such file, or a longer one.
func readFile(_ path: String, limit: Int) -> [UInt8]? {
  let source = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
  guard source >= 0 else { return nil }
  defer { close(source) }
  var status = stat()
  guard fstat(source, &status) == 0, status.st_size <= limit else { return nil }
  var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
  let count = pread(source, &bytes, bytes.count, 0)
  return count == bytes.count ? bytes : nil
}
