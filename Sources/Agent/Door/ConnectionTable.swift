internal import NIOCore
internal import Synchronization

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The connections of one door, so that no one has all of them.
///
/// Where there are too many, of one address or together, the one goes that has had nothing to do for the longest time;
/// a request that is being served is never cut. So a flood of silent connections pushes out itself.
final class ConnectionTable: Sendable {
  /// How a connection is known here.
  typealias Number = UInt64

  private struct Entry {
    var address: String
    var channel: any Channel
    var isBusy = false
    /// Grows with each change of any connection: the lowest has been quiet for the longest time.
    var tick: UInt64
  }

  private struct State {
    var entries: [Number: Entry] = [:]
    var perAddress: [String: Int] = [:]
    var clock: UInt64 = 0

    mutating func tick() -> UInt64 {
      clock += 1
      return clock
    }

    mutating func remove(_ number: Number) -> Entry? {
      guard let entry = entries.removeValue(forKey: number) else { return nil }
      let count = perAddress[entry.address, default: 1] - 1
      perAddress[entry.address] = count > 0 ? count : nil
      return entry
    }
  }

  private let total: Int
  private let ofOneAddress: Int
  private let state = Mutex(State())

  /// - Parameters:
  ///   - total: connections at a time.
  ///   - ofOneAddress: of these.
  init(total: Int, ofOneAddress: Int) {
    self.total = total
    self.ofOneAddress = min(ofOneAddress, total)
  }

  /// Connections at the moment.
  var count: Int { state.withLock { $0.entries.count } }

  /// Takes a connection in, where need be in place of another, which is closed.
  ///
  /// - Returns: `nil` where all others are busy: this one is to be closed.
  func admit(_ channel: any Channel, from address: String) -> Number? {
    let (number, victim) = state.withLock { state -> (Number?, (any Channel)?) in
      var victim: (any Channel)?
      if state.perAddress[address, default: 0] >= ofOneAddress {
        guard let quiet = Self.quietest(in: state, of: address) else { return (nil, nil) }
        victim = state.remove(quiet)?.channel
      } else if state.entries.count >= total {
        guard let quiet = Self.quietest(in: state, of: nil) else { return (nil, nil) }
        victim = state.remove(quiet)?.channel
      }
      let number = state.tick()
      state.entries[number] = Entry(address: address, channel: channel, tick: number)
      state.perAddress[address, default: 0] += 1
      return (number, victim)
    }
    victim?.close(promise: nil)
    return number
  }

  /// Says that a connection has a request to serve, or no more.
  func setBusy(_ number: Number, _ isBusy: Bool) {
    state.withLock { state in
      let tick = state.tick()
      state.entries[number]?.isBusy = isBusy
      state.entries[number]?.tick = tick
    }
  }

  func remove(_ number: Number) {
    _ = state.withLock { $0.remove(number) }
  }

  private static func quietest(in state: State, of address: String?) -> Number? {
    state.entries.lazy.filter { !$0.value.isBusy && (address == nil || $0.value.address == address) }
      .min { $0.value.tick < $1.value.tick }?.key
  }
}

/// Tells addresses apart as their owners do: an IPv6 host has a /64 of its own to choose from.
func addressGroup(_ address: String) -> String {
  guard address.contains(":") else { return address }
  do {
    guard case .v6(let v6) = try SocketAddress(ipAddress: address, port: 0) else { return address }
    let bytes = withUnsafeBytes(of: v6.address.sin6_addr) { Array($0) }
    // An IPv4 address that came through an IPv6 socket (::ffff:a.b.c.d) is the one it says.
    if bytes.prefix(10).allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF {
      return bytes[12...].map { "\($0)" }.joined(separator: ".")
    }
    return hexadecimal(bytes.prefix(8)) + "/64"
  } catch {
    return address
  }
}
