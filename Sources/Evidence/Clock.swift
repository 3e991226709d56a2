#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

extension Timestamp {
  /// The host's wall clock, `CLOCK_REALTIME`.
  package static func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// When the host was booted, by what its wall clock says now: `CLOCK_REALTIME` less `CLOCK_BOOTTIME`
  /// (clock_gettime(2)), which goes on while the host sleeps. Within a boot it changes only when the clock is set.
  package static func booted() -> Timestamp {
    var uptime = timespec()
    clock_gettime(CLOCK_BOOTTIME, &uptime)
    return Timestamp(
      nanoseconds: now().nanoseconds - Int64(uptime.tv_sec) * 1_000_000_000 - Int64(uptime.tv_nsec))
  }
}
