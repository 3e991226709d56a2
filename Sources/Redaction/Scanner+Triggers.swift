/// What is done where the first bytes of a trigger stand.
extension Scanner {
  /// Lets each trigger that stands there decide.
  /// - Returns: the place to go on from, or nil for the next one.
  func dispatch(at position: Int) -> Int? {
    if !tables.known.isEmpty, let next = redactKnown(at: position) { return next }
    guard position + 4 <= end, let base = bytes.baseAddress else { return nil }
    for trigger in tables.prefilter.triggers(at: base + position) where matches(trigger, at: position) {
      if let next = perform(trigger, at: position) { return next }
    }
    return nil
  }

  @inline(__always)
  func matches(_ trigger: CompiledTrigger, at position: Int) -> Bool {
    guard position + trigger.count <= end else { return false }
    return trigger.beginsWith(word(at: position)) && (trigger.count <= 8 || matchesAll(trigger, at: position))
  }

  /// The eight bytes at a place, with zeros behind the end.
  @inline(__always)
  private func word(at position: Int) -> UInt64 {
    if position + 8 <= end {
      return UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
    return (position..<end).reversed().reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
  }

  private func matchesAll(_ trigger: CompiledTrigger, at position: Int) -> Bool {
    let (literal, ignoresCase) = (
      tables.triggers[trigger.index].literal, tables.triggers[trigger.index].ignoresCase
    )
    return literal.indices.allSatisfy {
      let byte = bytes[position + $0]
      return (ignoresCase ? byte.lowered : byte) == literal[$0]
    }
  }

  /// What the trigger's context finds there: the place to go on from, or nil for nothing.
  private func perform(_ trigger: CompiledTrigger, at position: Int) -> Int? {
    performed += 1
    let next = position + trigger.count
    switch trigger.action {
    case .token(let rule): return redactToken(rule, at: position)
    case .key: return redactKey(at: position)
    case .foreignKey: return redactForeignKey(position..<next)
    case .userKey(let index): return redactUserKey(tables.userKeys[index], at: position)
    case .query: return redactQuery(at: position, literalEnd: next)
    case .url: return redactUserinfo(at: position)
    case .armor: return beginArmor(at: position)
    case .putty: return beginPutty(at: position)
    case .secretData: return beginSecretData(at: position, nameEnd: next)
    case .hunk: return beginHunk(at: position)
    case .marker: return markerEnd(at: position)
    case .command(let index):
      return redactCommand(PasswordOptions.all[index], at: position, argumentsAt: next)
    case .bearer: return redactBearer(at: position, credentialAt: next)
    case .dataSource: return redactDataSource(at: position)
    case .oracle: return redactOracleLogin(at: next)
    case .sql: return redactIdentifiedBy(at: position, valueAt: next)
    case .sqlPlugin: return redactIdentifiedWith(pluginAt: next)
    case .insertion: return planInsertion(at: position, tableAt: next)
    case .accessList: return redactAccessList(at: position, passwordAt: next)
    case .routerLine: return planRouterLine(at: position)
    case .daemonLine: return planDaemonLine(at: position)
    case .loginPair: return redactLoginPair(at: next)
    case .radiusLogin: return redactRadiusLogin(at: next)
    case .encrypted: return redactEncrypted(at: position, valueAt: next)
    case .piped(let isPair): return redactPiped(at: position, isPair: isPair)
    case .passwordFile: return redactPasswordFileLine(at: position)
    case .regex(let index): return searchRegex(index, at: position)
    }
  }
}
