internal import Evidence
internal import Foundation

/// A threshold of pressure stall information: `memory full 20` is more than 20 % of the last ten seconds in which no
/// task could go on for want of memory (https://docs.kernel.org/accounting/psi.html).
package struct PressureThreshold: Hashable, Sendable {
  /// `cpu`, `memory` or `io`.
  var resource: String
  /// `some` or `full`.
  var share: String
  var percent: Double

  init(resource: String, share: String, percent: Double) {
    self.resource = resource
    self.share = share
    self.percent = percent
  }

  /// - Throws: `Complaint`, which says what to write.
  static func parse(_ text: String) throws(Complaint) -> PressureThreshold {
    let words = text.split(separator: " ").map(String.init)
    guard words.count == 3, ["cpu", "memory", "io"].contains(words[0]), ["some", "full"].contains(words[1]),
      let percent = Int(words[2]), (1...100).contains(percent)
    else {
      throw Complaint(
        "\(quoted(text)) is no threshold; write it as in \"memory full 20\": cpu, memory or io, some or full, 1 to 100 per cent"
      )
    }
    return PressureThreshold(resource: words[0], share: words[1], percent: Double(percent))
  }

  /// Looks at the pressure of now. Blocking, for as long as the kernel takes.
  ///
  /// - Parameters:
  ///   - folder: `/proc/pressure`.
  ///   - now: this host's time.
  /// - Returns: `nil` below the threshold.
  /// - Throws: `Unreadable`.
  func look(in folder: String = "/proc/pressure", at now: Timestamp) throws(Unreadable) -> TriggerEvent? {
    let path = "\(folder)/\(resource)"
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw Unreadable(path: path)
    }
    guard let average = average(in: text), average > percent else { return nil }
    return TriggerEvent(
      kind: .pressure, subject: resource, at: now,
      message:
        "\(resource) pressure: \(share) tasks stalled for \(average) % of the last 10 s (threshold \(Int(percent)) %)",
      identity: "pressure/\(resource) \(now)")
  }

  /// A kernel without pressure stall information, or with `psi=0`.
  struct Unreadable: Error, CustomStringConvertible {
    var path: String

    var description: String {
      "\(path) cannot be read: boot with psi=1, or remove triggers.pressure from the configuration"
    }
  }

  /// Of a line like `some avg10=0.12 avg60=0.00 avg300=0.00 total=12345`.
  private func average(in text: String) -> Double? {
    let line = text.split(separator: "\n").first { $0.hasPrefix(share + " ") }
    return line?.split(separator: " ").first { $0.hasPrefix("avg10=") }.flatMap { Double($0.dropFirst(6)) }
  }
}
