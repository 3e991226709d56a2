internal import Agent
internal import ArgumentParser
internal import ConfigHistory
internal import Evidence

/// Whose history a command reads.
struct HistoryOptions: ParsableArguments {
  @OptionGroup var configuration: ConfigurationOptions

  @Option(
    name: .long,
    help: ArgumentHelp("The agent's state folder, if not the configuration's.", valueName: "folder"),
    completion: .directory)
  var stateDirectory: String?

  /// - Throws: `ConfigurationFailure`, or what keeps the history from being read.
  func open() throws -> LocalHistory {
    // A state folder may be a copy from another host: then there is no configuration, and none is needed.
    let isApart = stateDirectory != nil && configuration.isUsualAndMissing
    var configuration = isApart ? AgentConfiguration() : try configuration.load()
    if let stateDirectory { configuration.stateDirectory = stateDirectory }
    do {
      return try LocalHistory(configuration: configuration)
    } catch let errors as ConfigurationErrors {
      throw ConfigurationFailure(errors: errors)
    }
  }
}

extension ConfigHistoryError: ExitStatusProviding {
  var exitStatus: ExitStatus {
    let cause = FileError(call: "open", path: path, code: code)
    if cause.isPermission { return .noPermission }
    return cause.isMissing ? .noInput : .failed
  }
}

/// A path on the command line, absolute or from the current folder. It need not exist: the history may know it.
struct PathArgument: ExpressibleByArgument {
  /// Absolute, without `.` and `..`.
  var path: String

  init?(argument: String) {
    self.init(argument: argument, folder: FileSystem.currentFolder)
  }

  init?(argument: String, folder: String) {
    guard !argument.isEmpty else { return nil }
    var components: [Substring] = []
    let text = argument.hasPrefix("/") ? argument : "\(folder)/\(argument)"
    for component in text.split(separator: "/") where component != "." {
      if component == ".." { _ = components.popLast() } else { components.append(component) }
    }
    path = "/" + components.joined(separator: "/")
  }

  var bytes: [UInt8] { Array(path.utf8) }

  static var defaultCompletionKind: CompletionKind { .file() }
}

/// How the commands of the history write what they know.
enum HistoryText {
  /// `0644 root:root 1.2 KiB`, `→ target`, `kept as hash only`.
  static func state(_ state: FileState) -> String {
    var words = [state.mode, "\(state.owner ?? "\(state.uid)"):\(state.group ?? "\(state.gid)")"]
    switch state.type {
    case .file: words.append(Units.bytes(Int(clamping: state.size)))
    case .symlink: words.append("→ \(state.target ?? "")")
    case .directory, .fifo, .socket, .device: words.append(state.type.rawValue)
    }
    words += state.attributes ?? []
    switch state.content {
    case .none, .stored: break
    case .secret: words.append("(secret)")
    case .binary, .oversize, .unreadable: words.append("(\(state.content.rawValue))")
    }
    return words.joined(separator: " ")
  }

  /// The times that a change lies between.
  static func span(_ previous: Timestamp?, _ seen: Timestamp) -> String {
    guard let previous, previous.seconds < seen.seconds else { return seen.rfc3339Seconds }
    return "\(previous.rfc3339Seconds) … \(seen.rfc3339Seconds)"
  }

  static func style(of kind: ConfigChange.Kind?) -> Style? {
    switch kind {
    case .created: .green
    case .deleted: .red
    case .modified, .renamed, .metadata, .type, .reverted: .yellow
    case nil: .dim
    }
  }
}
