import Evidence
import Foundation
import Testing

@testable import Agent
@testable import Storage

private func at(_ minutes: Double) -> Timestamp {
  Timestamp(seconds: 1_795_492_800).adding(seconds: minutes * 60)
}

private func row(
  _ sequence: Int, _ phase: CapturePhase, _ requested: Double, state: CaptureState = .queued,
  window: (Double, Double)? = nil, booted: Double = 0
) -> CaptureRow {
  CaptureRow(
    id: "\(sequence)", incidentID: "i", phase: phase, sequence: sequence, state: state,
    requestedAt: at(requested),
    notBefore: at(0), attempts: 0, windowFrom: window.map { at($0.0) }, windowTo: window.map { at($0.1) },
    bootedAt: at(booted))
}

private func window(_ row: CaptureRow, _ others: [CaptureRow], now: Double) -> (TimeWindow, CaptureWindow) {
  let made = CaptureWindow(of: row, openedAt: at(0), others: others, seconds: 3600)
  return (made.window(of: row, frozenAt: nil, now: at(now), seconds: 3600), made)
}

@Suite("The windows of captures")
struct CaptureWindowTests {
  @Test("the one at the end goes on where the one at the opening ends")
  func follows() {
    let first = row(1, .opened, 0, state: .done, window: (-60, 0.1))
    #expect(window(row(2, .resolved, 90), [first], now: 91).0 == TimeWindow(from: at(0.1), to: at(91)))
  }

  @Test("where the one before failed, the next begins where that would have")
  func failed() {
    let first = row(1, .opened, 0, state: .failed)
    #expect(window(row(2, .resolved, 30), [first], now: 30).0 == TimeWindow(from: at(-60), to: at(30)))
  }

  @Test("one by hand looks back its own window, and makes no hole that others overlook")
  func manual() {
    let first = row(1, .opened, 0, state: .done, window: (-60, 0))
    let byHand = row(2, .manual, 120, state: .done, window: (60, 120))
    #expect(window(row(2, .manual, 120), [first], now: 120).0.from == at(60))
    #expect(window(row(3, .resolved, 180), [first, byHand], now: 180).0.from == at(0))
    let early = row(2, .manual, 30, state: .done, window: (-30, 30))
    #expect(window(row(3, .resolved, 180), [first, early], now: 180).0.from == at(30))
  }

  @Test("over random lives of incidents, what opened and ended them is covered without a hole or an overlap")
  func property() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<500 {
      var rows: [CaptureRow] = []
      var clock = 0.0
      let count = Int.random(in: 2...8, using: &generator)
      for sequence in 1...count {
        let phase: CapturePhase = sequence == 1 ? .opened : sequence == count ? .resolved : .updated
        var next = row(sequence, phase, clock)
        let frozen = Bool.random(using: &generator)
        let begun = clock + Double.random(in: 0...90, using: &generator)
        let made = CaptureWindow(of: next, openedAt: at(0), others: rows, seconds: 3600)
        let window = made.window(
          of: next, frozenAt: frozen ? at(clock + 0.01) : nil, now: at(begun), seconds: 3600)
        next.state = Double.random(in: 0...1, using: &generator) < 0.2 && sequence < count ? .failed : .done
        if next.state == .done { (next.windowFrom, next.windowTo) = (window.from, window.to) }
        rows.append(next)
        clock = begun + Double.random(in: 0...200, using: &generator)
      }
      let done = rows.filter { $0.state == .done }
      #expect(done.first?.windowFrom == at(-60))
      for (before, after) in zip(done, done.dropFirst()) { #expect(before.windowTo == after.windowFrom) }
      #expect(done.last?.windowTo ?? at(0) >= done.last?.requestedAt ?? at(0))
    }
  }

  @Test(
    "a clock that was set back an hour makes the window longer by it at both ends, and the bundle says so")
  func clockSetBack() {
    let first = row(1, .opened, 0, state: .done, window: (-60, 0.1))
    let (found, made) = window(row(2, .resolved, -40, booted: -60), [first], now: -39)
    #expect(made.setBack == 3600)
    // All that was written since the first: by the old clock from 0.1 on, by the new one from -59.9 on.
    #expect(found == TimeWindow(from: at(-59.9), to: at(21)))
    #expect(made.gaps.map(\.cause) == [.clockJump])
    let steered = window(row(2, .resolved, 90, booted: -0.01), [first], now: 90)
    #expect(steered.0.from == at(0.1) && steered.1.gaps.isEmpty)
  }
}

/// SplitMix64: the same seed gives the same numbers.
private struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
