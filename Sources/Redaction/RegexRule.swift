internal import CPcre2

/// A regular expression of a user's rule, compiled by PCRE2 with its JIT.
///
/// It runs only where its literal stands, on at most 8 KiB of the literal's line, and gives up at PCRE2's limits.
final class RegexRule: @unchecked Sendable {
  // Unchecked, since pointers are not Sendable. pcre2api(3), "MULTITHREADING": the library has no static or global
  // variables; a compiled pattern is fixed, and several threads may use it at once; so is a context whose parameters
  // are never changed; each thread needs a match block of its own. Here `init` alone writes: it compiles, which
  // includes the JIT's change to the pattern, and sets the context's parameters, before anybody else has the object.
  // `search` makes a match block for each call. The JIT's stack is the machine stack of the calling thread, since none
  // is assigned, which pcre2jit(3) says is thread-safe. `deinit` frees both when nobody has the object any more.

  /// Bytes of a line around the literal that the expression sees.
  static let window = 8 << 10
  /// See pcre2api(3), pcre2_set_match_limit and pcre2_set_depth_limit. A window of 8 KiB needs far less.
  private static let matchLimit: UInt32 = 100_000
  private static let depthLimit: UInt32 = 1_000

  private let code: OpaquePointer
  private let context: OpaquePointer
  /// The group whose text is the secret, or 0 for the whole match.
  private let group: Int

  /// - Throws: PCRE2's message, with the place in the pattern.
  init(_ pattern: String) throws(RegexError) {
    var (error, offset) = (CInt(0), 0)
    let bytes = Array(pattern.utf8)
    let compiled = bytes.withUnsafeBufferPointer {
      pcre2_compile_8($0.baseAddress, $0.count, UInt32(PCRE2_NEVER_BACKSLASH_C), &error, &offset, nil)
    }
    guard let compiled else { throw RegexError(code: error, offset: offset) }
    guard let context = pcre2_match_context_create_8(nil) else {
      pcre2_code_free_8(compiled)
      throw RegexError(problem: "there is no memory for it")
    }
    // Without a JIT the interpreter does the same under the same limits.
    _ = pcre2_jit_compile_8(compiled, UInt32(PCRE2_JIT_COMPLETE))
    _ = pcre2_set_match_limit_8(context, Self.matchLimit)
    _ = pcre2_set_depth_limit_8(context, Self.depthLimit)
    (code, self.context) = (compiled, context)
    group = Self.secretGroup(compiled)
  }

  deinit {
    pcre2_match_context_free_8(context)
    pcre2_code_free_8(code)
  }

  /// A group named `secret`, or the only group.
  private static func secretGroup(_ code: OpaquePointer) -> Int {
    let name = Array("secret".utf8) + [0]
    let number = name.withUnsafeBufferPointer { pcre2_substring_number_from_name_8(code, $0.baseAddress) }
    if number > 0 { return Int(number) }
    var count: UInt32 = 0
    _ = pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_CAPTURECOUNT), &count)
    return count == 1 ? 1 : 0
  }

  /// What one search came to.
  enum Outcome {
    case none
    case found(Range<Int>, matchEnd: Int)
    /// The limits were reached: nothing is known about the text.
    case gaveUp
  }

  /// The first match that begins in the text from `start` on; ranges count from the text's beginning.
  func search(_ text: UnsafeRawBufferPointer, from start: Int) -> Outcome {
    guard let data = pcre2_match_data_create_from_pattern_8(code, nil) else { return .gaveUp }
    defer { pcre2_match_data_free_8(data) }
    let result = pcre2_match_8(
      code, text.assumingMemoryBound(to: UInt8.self).baseAddress, text.count, start,
      UInt32(PCRE2_NOTEMPTY), data, context)
    if result == PCRE2_ERROR_NOMATCH { return .none }
    guard result > 0, let offsets = pcre2_get_ovector_pointer_8(data) else { return .gaveUp }
    let end = offsets[1]
    // PCRE2_UNSET is the largest size: a group that took no part in the match.
    guard Int(result) > group, offsets[2 * group] < offsets[2 * group + 1],
      offsets[2 * group + 1] <= text.count
    else {
      return offsets[0] < end ? .found(offsets[0]..<end, matchEnd: end) : .none
    }
    return .found(offsets[2 * group]..<offsets[2 * group + 1], matchEnd: end)
  }
}

/// Why PCRE2 refused a pattern.
struct RegexError: Error {
  let problem: String

  init(problem: String) {
    self.problem = problem
  }

  init(code: CInt, offset: Int) {
    var text = [UInt8](repeating: 0, count: 256)
    let count = text.withUnsafeMutableBufferPointer {
      pcre2_get_error_message_8(code, $0.baseAddress, $0.count)
    }
    let message = String(decoding: text.prefix(max(0, Int(count))), as: UTF8.self)
    problem = "\(message), at byte \(offset + 1) of the expression"
  }
}
