import Testing

@testable import exhibit

@Suite("The doctor")
struct DoctorTests {
  @Test("says how the configuration is watched, and what a better way needs")
  func facts() {
    let watch = WatchReport(
      mechanism: "inotify", reason: "no fanotify (fanotify_init: not permitted): see the drop-in",
      folders: 312,
      shortfall: "7 folders are beyond fs.inotify.max_user_watches")
    #expect(
      DoctorCommand.facts(of: watch).rendered(colour: false) == """
        Config watch  inotify, 312 folders give events
        Writers       not known
        Not better    no fanotify (fanotify_init: not permitted): see the drop-in
        Incomplete    7 folders are beyond fs.inotify.max_user_watches

        """)
  }

  @Test("has nothing to add where it is at its best, and says what polling means")
  func best() {
    let best = WatchReport(mechanism: "fanotify", reason: nil, folders: 3, shortfall: nil)
    #expect(
      DoctorCommand.facts(of: best).rendered(colour: false)
        == "Config watch  fanotify, 3 folders give events\nWriters       recorded\n")
    let poll = WatchReport(mechanism: "poll", reason: nil, folders: 0, shortfall: nil)
    #expect(DoctorCommand.facts(of: poll).rendered(colour: false).contains("seen at the next scan"))
  }
}
