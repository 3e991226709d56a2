internal import Foundation

#if canImport(Glibc)
  internal import Glibc
#endif

/// The program's own file in memory.
enum ProgramPages {
  /// Lets go of the pages of code that the start has touched, most of them for the last time. What is used again comes
  /// back out of the page cache, in microseconds (madvise(2), MADV_DONTNEED). Of code alone: the loader has written to
  /// other mappings before it made them read-only.
  static func letGo() throws {
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
    for line in maps.split(separator: "\n") where line.hasSuffix(" " + program) {
      // 55d0c0a00000-55d0c0c00000 r-xp 00021000 fe:00 1234  /usr/bin/exhibit
      let fields = line.split(separator: " ", maxSplits: 2)
      let bounds = fields[0].split(separator: "-").compactMap { UInt(String($0), radix: 16) }
      guard fields.count == 3, fields[1] == "r-xp", bounds.count == 2,
        let start = UnsafeMutableRawPointer(bitPattern: bounds[0])
      else { continue }
      guard madvise(start, Int(bounds[1] - bounds[0]), Int32(MADV_DONTNEED)) == 0 else {
        throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EINVAL)
      }
    }
  }
}
