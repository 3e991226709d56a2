/// One anchored pattern over the bytes of a path; it also matches everything under what it matches.
struct Glob: Sendable {
  private enum Component: Sendable {
    case anyFolders
    case name([UInt8])
  }

  private let components: [Component]

  init(_ pattern: String) {
    components =
      Array(pattern.utf8).split(separator: slash)
      .map { $0.elementsEqual("**".utf8) ? .anyFolders : .name(Array($0)) } + [.anyFolders]
  }

  /// Whether the pattern matches the path, given as its components, or a folder that it is in.
  func matches(_ path: [ArraySlice<UInt8>]) -> Bool {
    matchesRuns(components, path, isRun: Self.isAnyFolders, isMatch: Self.isMatch)
  }

  /// Whether anything under the folder could match.
  func mayMatch(under folder: [ArraySlice<UInt8>]) -> Bool {
    for (component, name) in zip(components, folder) {
      if Self.isAnyFolders(component) { return true }
      if !Self.isMatch(component, name) { return false }
    }
    return true
  }

  private static func isAnyFolders(_ component: Component) -> Bool {
    if case .anyFolders = component { true } else { false }
  }

  private static func isMatch(_ component: Component, _ name: ArraySlice<UInt8>) -> Bool {
    guard case .name(let pattern) = component else { return false }
    return matchesRuns(
      pattern, name, isRun: { $0 == UInt8(ascii: "*") }, isMatch: { $0 == UInt8(ascii: "?") || $0 == $1 })
  }
}

/// Several patterns; a path is in the set when one of them matches it.
struct GlobSet: Sendable {
  private let globs: [Glob]

  init(_ patterns: [String]) {
    globs = patterns.map(Glob.init)
  }

  private init(globs: [Glob]) {
    self.globs = globs
  }

  func contains(_ path: [UInt8]) -> Bool {
    guard !globs.isEmpty else { return false }
    let components = path.split(separator: slash)
    return globs.contains { $0.matches(components) }
  }

  /// Whether anything under the folder could be in the set.
  func mayMatch(under folder: [UInt8]) -> Bool {
    let components = folder.split(separator: slash)
    return globs.contains { $0.mayMatch(under: components) }
  }

  /// The patterns that can match under the folder: most folders have none, which makes a scan cheap.
  func under(_ folder: [UInt8]) -> GlobSet {
    guard !globs.isEmpty else { return self }
    let components = folder.split(separator: slash)
    return GlobSet(globs: globs.filter { $0.mayMatch(under: components) })
  }
}

/// Matches a pattern in which some elements stand for any run of elements, in at most |pattern| × |text|
/// steps: only the last run needs to be extended again, for an earlier one has found its shortest match
/// already.
private func matchesRuns<Element, Text: RandomAccessCollection>(
  _ pattern: [Element], _ text: Text, isRun: (Element) -> Bool, isMatch: (Element, Text.Element) -> Bool
) -> Bool {
  var position = 0
  var place = text.startIndex
  var retry: (position: Int, place: Text.Index)?
  while place < text.endIndex {
    if position < pattern.count, isRun(pattern[position]) {
      position += 1
      retry = (position, place)
    } else if position < pattern.count, isMatch(pattern[position], text[place]) {
      position += 1
      place = text.index(after: place)
    } else if let last = retry {
      position = last.position
      place = text.index(after: last.place)
      retry = (position, place)
    } else {
      return false
    }
  }
  return pattern[position...].allSatisfy(isRun)
}
