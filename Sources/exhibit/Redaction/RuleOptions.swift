internal import Agent
internal import ArgumentParser
internal import Redaction

/// Which rules a command works by.
struct RuleOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp("Add the rules of this folder's *.yaml to the built-in ones.", valueName: "folder"),
    completion: .directory)
  var rules: String?

  /// - Throws: `ConfigurationFailure` with everything that is wrong with the files.
  func ruleSet() throws -> RuleSet {
    guard let rules else { return .builtIn }
    return try Self.load(folder: rules).ruleSet()
  }

  /// The rules of a folder that must be there; what was left out of it is told on standard error.
  static func load(folder: String) throws -> UserRules {
    guard FileSystem.isFolder(folder) else {
      throw CommandFailure(.noInput, "there is no folder \(folder); name one that holds *.yaml")
    }
    do throws(ConfigurationErrors) {
      let loaded = try UserRuleFile.loadAll(directory: folder)
      for warning in loaded.warnings { Note.print("left out: \(DisplayText.sanitised("\(warning)"))") }
      return loaded
    } catch {
      throw ConfigurationFailure(errors: error)
    }
  }
}
