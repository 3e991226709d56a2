package import Evidence

/// The image of each container, by the events of an engine in their order.
package struct ContainerImages: Codable, Sendable, Hashable {
  /// Containers that are known; beyond it those that were created longest ago are forgotten.
  package static let limit = 2000

  /// One event of an engine.
  package struct Event: Sendable, Hashable {
    package var at: Timestamp
    /// `container`, `image`, and others that are passed over.
    package var type: String
    /// `create`, `pull`, and others that are passed over.
    package var action: String
    /// Of the container, or of the image.
    package var name: String
    /// The image of a container, as it was asked for.
    package var image: String?

    package init(at: Timestamp, type: String, action: String, name: String, image: String? = nil) {
      self.at = at
      self.type = type
      self.action = action
      self.name = name
      self.image = image
    }
  }

  private struct Known: Codable, Hashable {
    var image: String
    var createdAt: Timestamp
  }

  private var known: [String: Known] = [:]

  package init() {}

  /// - Parameters:
  ///   - event: the next one.
  ///   - source: the engine's name.
  /// - Returns: a change where a known container got another image, or an image was pulled.
  package mutating func take(_ event: Event, source: String) -> ObservedChange? {
    guard !event.name.isEmpty else { return nil }
    switch (event.type, event.action) {
    case ("image", "pull"):
      return ObservedChange(at: event.at, kind: .image, source: source, subject: event.name)
    case ("container", "create"):
      guard let image = event.image, !image.isEmpty else { return nil }
      let before = known[event.name]?.image
      known[event.name] = Known(image: image, createdAt: event.at)
      forgetOldest()
      guard let before, before != image else { return nil }
      return ObservedChange(
        at: event.at, kind: .container, source: source, subject: event.name, before: before, after: image)
    default: return nil
    }
  }

  private mutating func forgetOldest() {
    guard known.count > Self.limit else { return }
    let oldest = known.min {
      $0.value.createdAt == $1.value.createdAt ? $0.key < $1.key : $0.value.createdAt < $1.value.createdAt
    }
    if let oldest { known[oldest.key] = nil }
  }
}
