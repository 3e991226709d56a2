import Deploys
import Evidence
import Testing

@Suite("What is observed")
struct ObservedTests {
  private let noon = utc("2026-11-24T12:00:00")

  private func event(
    _ minute: Int, _ name: String, _ image: String?, type: String = "container", action: String = "create"
  ) -> ContainerImages.Event {
    ContainerImages.Event(
      at: noon.adding(seconds: Double(minute) * 60), type: type, action: action, name: name, image: image)
  }

  @Test("another image of a known container is a change, and so is a pull; all else is none")
  func containers() {
    var images = ContainerImages()
    let events = [
      event(1, "web", "nginx:1.25"), event(2, "web", "nginx:1.25"), event(3, "web", "nginx:1.27"),
      event(4, "db", "postgres:16"), event(5, "web", "nginx:1.27", action: "start"), event(6, "web", nil),
      event(7, "", "x:1"), event(8, "nginx:1.27", nil, type: "image", action: "pull"),
      event(9, "v", nil, type: "volume"),
    ]
    let changes = events.compactMap { images.take($0, source: "podman") }
    #expect(
      changes == [
        ObservedChange(
          at: noon.adding(seconds: 180), kind: .container, source: "podman", subject: "web",
          before: "nginx:1.25",
          after: "nginx:1.27"),
        ObservedChange(at: noon.adding(seconds: 480), kind: .image, source: "podman", subject: "nginx:1.27"),
      ])
    #expect(changes.first?.timelineEvent().message == "container web: nginx:1.25→nginx:1.27")
    #expect(changes.first?.timelineEvent().service == "web" && changes.first?.timelineEvent().kind == .deploy)
  }

  @Test("of containers beyond the limit those that were created longest ago are forgotten")
  func limit() {
    var images = ContainerImages()
    for index in 0...ContainerImages.limit {
      _ = images.take(event(index, "c\(index)", "a:1"), source: "docker")
    }
    #expect(images.take(event(9999, "c0", "a:2"), source: "docker") == nil)
    #expect(images.take(event(9999, "c5", "a:2"), source: "docker") != nil)
  }

  private let before = HostState(
    bootID: "1", kernel: "6.1.0-18", os: "Debian 12", deployment: "aa.0", generation: "system-41-link")

  @Test("what a boot changed has the boot's time, what changed without one that of its file")
  func hostState() {
    var after = HostState(
      bootID: "2", kernel: "6.1.0-28", os: "Debian 13", deployment: "bb.0", generation: "system-42-link")
    let times = HostState.Times(
      boot: noon, os: noon.adding(seconds: 60), generation: noon.adding(seconds: 120))
    let changes = after.changes(since: before, times: times)
    #expect(changes.map(\.kind) == [.kernel, .os, .deployment, .generation])
    #expect(changes.allSatisfy { $0.at == noon })
    #expect(
      changes.map { $0.timelineEvent().message }.prefix(2) == [
        "kernel 6.1.0-18→6.1.0-28", "operating system Debian 12→Debian 13",
      ])
    #expect(changes.allSatisfy { $0.timelineEvent().kind == .system })
    after.bootID = "1"
    #expect(
      after.changes(since: before, times: times).map(\.at.seconds)
        == [noon.seconds, noon.seconds + 60, noon.seconds, noon.seconds + 120])
  }

  @Test("what is not known before or after is no change")
  func unknown() {
    let times = HostState.Times(boot: noon)
    #expect(before.changes(since: HostState(), times: times).isEmpty)
    #expect(HostState(bootID: "2").changes(since: before, times: times).isEmpty)
    #expect(before.changes(since: before, times: times).isEmpty)
  }

  @Test(
    "os-release: the name, and the version of an image",
    arguments: [
      ("PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n", "Debian GNU/Linux 12 (bookworm)"),
      ("NAME=Fedora\nOSTREE_VERSION='40.20260101.0'\n", "Fedora, 40.20260101.0"),
      ("PRETTY_NAME=\"Image 7\"\nIMAGE_VERSION=7\n", "Image 7"), ("ID=x\n", nil), ("", nil),
    ] as [(String, String?)])
  func osRelease(text: String, name: String?) {
    #expect(HostState.os(osRelease: text) == name)
  }
}
