internal import ConfigHistory
internal import Evidence
internal import Hummingbird

extension API {
  /// How changes of the configuration are noticed, and why not in a better way.
  func addWatchRoutes(to group: RouterGroup<APIContext>) {
    group.get("config/watch") { _, _ in
      guard let watch else { throw Problem(.notFound, "this agent watches no configuration") }
      return try jsonResponse(watch.status)
    }
    group.get("checks") { _, _ in
      let checkup = Checkup(database: database, bundles: bundles, settings: settings, watch: watch)
      return try jsonResponse(CheckList(checks: try await checkup.run(at: .now())))
    }
  }
}
