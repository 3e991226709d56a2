#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The reader's pager.
enum Pager {
  /// Runs `body` with its standard output going to `$PAGER`, or to less where that is not set and less is
  /// there.
  ///
  /// Returns when the reader has left the pager. Must be called at most once in a process: standard output is
  /// closed afterwards.
  static func page(_ body: () throws -> Void) throws {
    let process = try start()
    defer { wait(for: process) }
    try body()
  }

  private static func start() throws(FileError) -> pid_t {
    let fallback = "if command -v less >/dev/null; then exec less -FRSX; else exec cat; fi"
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0, ends.allSatisfy({ fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }) else {
      throw FileError(call: "pipe to", path: "the pager", code: errno)
    }
    defer {
      close(ends[0])
      close(ends[1])
    }
    let process = try spawn(Terminal.environment("PAGER") ?? fallback, input: ends[0])
    // The pager is asked to stop by its own keys; Ctrl-C in it must not leave it without its terminal.
    signal(SIGINT, SIG_IGN)
    guard dup2(ends[1], STDOUT_FILENO) >= 0 else {
      throw FileError(call: "write to", path: "the pager", code: errno)
    }
    return process
  }

  /// Ends the output and waits until the reader is done.
  private static func wait(for process: pid_t) {
    close(STDOUT_FILENO)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
  }

  private static func spawn(_ command: String, input: Int32) throws(FileError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    // We ignore SIGPIPE; the pager must not inherit that.
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup(command), nil]
    defer { arguments.forEach { free($0) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, &arguments, environ)
    guard code == 0 else { throw FileError(call: "start", path: "the pager", code: code) }
    return process
  }
}
