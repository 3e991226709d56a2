internal import CLinux

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// What the kernel calls a folder in an event: the bytes of its file handle (name_to_handle_at(2)), padded with
/// zeros. They hold inode and generation, so a deleted folder's handle does not come back as another one's.
struct FolderHandle: Hashable {
  /// MAX_HANDLE_SZ of include/linux/exportfs.h.
  static let maximumBytes = 128
  /// The length and the type of a handle stand before its bytes, 32 bits each.
  static let headerBytes = 8

  private var header: UInt64
  private var words: InlineArray<16, UInt64>

  /// - Parameter bytes: a `struct file_handle` with its header; `nil` for one that is cut or too long.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= Self.headerBytes else { return nil }
    let length = Int(bytes.loadUnaligned(as: UInt32.self))
    guard length <= Self.maximumBytes, bytes.count - Self.headerBytes >= length else { return nil }
    header = bytes.loadUnaligned(as: UInt64.self)
    words = InlineArray(repeating: 0)
    withUnsafeMutableBytes(of: &words) {
      $0.copyMemory(
        from: UnsafeRawBufferPointer(rebasing: bytes[Self.headerBytes..<(Self.headerBytes + length)]))
    }
  }

  /// The handle of an open folder.
  init(of folder: borrowing OpenFolder) throws(SystemFailure) {
    var buffer = InlineArray<17, UInt64>(repeating: 0)
    var mount: Int32 = 0
    let descriptor = folder.descriptor
    let result = withUnsafeMutableBytes(of: &buffer) { bytes -> Int32 in
      bytes.storeBytes(of: UInt32(Self.maximumBytes), as: UInt32.self)
      return exhibit_folder_handle(descriptor, bytes.baseAddress, &mount)
    }
    guard result == 0 else { throw SystemFailure("name_to_handle_at") }
    guard let handle = withUnsafeBytes(of: &buffer, { FolderHandle($0) }) else {
      throw SystemFailure("name_to_handle_at", code: EOVERFLOW)
    }
    self = handle
  }

  static func == (left: FolderHandle, right: FolderHandle) -> Bool {
    guard left.header == right.header else { return false }
    for index in 0..<left.usedWords where left.words[index] != right.words[index] { return false }
    return true
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(header)
    for index in 0..<usedWords { hasher.combine(words[index]) }
  }

  private var usedWords: Int { (Int(UInt32(truncatingIfNeeded: header)) + 7) / 8 }
}
