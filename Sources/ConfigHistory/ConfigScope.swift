/// What the config history watches, and how much of it is kept.
///
/// Patterns are absolute paths. `*` stands for any run of bytes but `/`, `?` for one byte but `/`, and `**`
/// as a whole path component for any number of components, none included. There are no character classes and
/// no escapes. A pattern that matches a folder also holds for everything under it. Exclusion wins over what is
/// watched, wherever the two stand and however exact they are; being secret is a matter of what is watched.
package struct ConfigScope: Sendable, Hashable, Codable {
  /// The most that `maximumFileBytes` may be: files are read as a whole.
  package static let largestFileBytes = 64 << 20

  /// Files and folders to watch, absolute, or patterns of them. A path that lies under another one adds nothing.
  /// One without a wildcard is expected to be there. Of `/proc` the kernel's parameters may be watched:
  /// `/proc/cmdline`, and `/proc/sys` or what is under it.
  package var paths: [String]
  /// Patterns of what is not watched at all.
  package var exclude: [String]
  /// Patterns of files whose content never enters the store: they are kept as keyed hash and metadata.
  package var secretPaths: [String]
  /// Files larger than this, in bytes, are not read: metadata only.
  package var maximumFileBytes: Int
  /// A scan ends, with a gap, after so many entries of any type.
  package var maximumFiles: Int

  package init(
    paths: [String], exclude: [String] = [], secretPaths: [String] = [], maximumFileBytes: Int = 1 << 20,
    maximumFiles: Int = 100_000
  ) {
    self.paths = paths
    self.exclude = exclude
    self.secretPaths = secretPaths
    self.maximumFileBytes = maximumFileBytes
    self.maximumFiles = maximumFiles
  }
}

/// The paths and patterns of a scope, ready for matching.
struct ScopeMatcher: Sendable {
  /// Where walks begin: absolute, without those that lie under another one, in byte order.
  let roots: [[UInt8]]
  /// Roots that are expected to be there.
  let required: Set<[UInt8]>
  /// Configured paths that are not absolute.
  let invalid: [String]
  let include: GlobSet
  let exclude: GlobSet
  let secret: GlobSet

  init(_ scope: ConfigScope) {
    let paths = scope.paths.filter { $0.hasPrefix("/") }.map { PathBytes.normalized(Array($0.utf8)) }
    let starts = paths.map { path in
      let fixed = path.split(separator: slash).prefix {
        !$0.contains { $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "?") }
      }
      return PathBytes.normalized(Array(fixed.joined(separator: [slash])))
    }
    var roots: [[UInt8]] = []
    for path in starts.sorted(by: { $0.lexicographicallyPrecedes($1) })
    where !roots.contains(where: { PathBytes.isPath(path, atOrUnder: $0) }) {
      roots.append(path)
    }
    self.roots = roots
    required = Set(zip(paths, starts).filter { $0 == $1 }.map(\.1))
    invalid = scope.paths.filter { !$0.hasPrefix("/") }
    include = GlobSet(paths.map { String(decoding: $0, as: UTF8.self) })
    exclude = GlobSet(scope.exclude)
    secret = GlobSet(scope.secretPaths)
  }

  /// Whether a scan of this scope sees the path, if it exists: as a match, or as a folder on the way to one.
  func covers(_ path: [UInt8]) -> Bool {
    guard roots.contains(where: { PathBytes.isPath(path, atOrUnder: $0) }) else { return false }
    return (include.contains(path) || include.mayMatch(under: path)) && !exclude.contains(path)
  }

  /// Whether an event at the path can change what a scan sees: also where it lies above a root.
  func concerns(_ path: [UInt8]) -> Bool {
    covers(path) || roots.contains { PathBytes.isPath($0, atOrUnder: path) }
  }
}
