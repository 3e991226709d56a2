/// The version of this build: of the agent, the command line and the bundles that they write.
package enum ExhibitVersion {
  /// Semantic version, as the changelog has it.
  package static let current = "0.1.0"
}
