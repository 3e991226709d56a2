import Evidence
import Testing

@testable import Bundle

@Suite struct PayloadPathTests {
  @Test(
    "names that a tool could read differently are refused",
    arguments: [
      "", "/etc", "a//b", "a/", "./a", "a/./b", "..", "a/../b", "a%20b", "a\\b", "a b", "a\nb", "a\rb",
      "a\u{7F}", "é",
      String(repeating: "a", count: 256), String(repeating: "a/", count: 600) + "a",
    ])
  func refused(name: String) {
    #expect(throws: BundleError.self) { try PayloadPath(name) }
  }

  @Test(
    "a path of the host maps to a readable legal name",
    arguments: [
      ("/etc/hosts", "c/etc/hosts"),
      ("/etc/systemd/system/dev-disk\\x2duuid@1.device", "c/etc/systemd/system/dev-disk=5Cx2duuid@1.device"),
      ("/etc/ssl/Főtan=1.pem", "c/etc/ssl/F=C5=91tan=3D1.pem"),
      ("//a/./../100%/ b", "c/a/=2E/=2E=2E/100=25/=20b"),
      ("/", "c/="),
    ])
  func mapped(path: String, name: String) throws {
    #expect(try PayloadPath(hostPath: bytes(path), under: "c").text == name)
  }

  @Test("any bytes map to a legal name, and different paths to different names")
  func injective() throws {
    var generator = SystemRandomNumberGenerator()
    var names: [String: [[UInt8]]] = [:]
    let alphabet: [UInt8] = [0x2F, 0x2E, 0x61, 0x25, 0x3D, 0x7E, 0x00, 0x0A, 0xFF, 0x41, 0x33, 0x44]
    for round in 0..<3000 {
      let length = Int.random(in: 1...(round % 50 == 0 ? 4095 : 8), using: &generator)
      let path = (0..<length).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      let parts = path.split(separator: 0x2F).map(Array.init)
      let name = try PayloadPath(hostPath: path, under: "config/current").text
      #expect(names[name] == nil || names[name] == parts)
      names[name] = parts
    }
  }

  @Test("long components and long paths stay apart and keep the file's name")
  func long() throws {
    let component = [UInt8](repeating: 0x61, count: 300)
    let first = try PayloadPath(hostPath: component + [0x62], under: "c").text
    let second = try PayloadPath(hostPath: component + [0x63], under: "c").text
    #expect(first != second && first.utf8.count < 255)
    let deep = bytes(String(repeating: "/folder", count: 300) + "/nginx.conf")
    let path = try PayloadPath(hostPath: deep, under: "c").text
    #expect(path.hasSuffix("/nginx.conf") && path.hasPrefix("c/=~"))
  }
}

@Suite struct BundleNameTests {
  @Test("a name parses to what it was made of", arguments: CapturePhase.allCases)
  func roundTrip(phase: CapturePhase) throws {
    for (incident, host, sequence) in [
      ("INC-1", "web-1.example.org", 1), ("a", "b", 1234), ("_x.y", "h-o-s-t", 99),
    ] {
      let name = try BundleName(incident: incident, host: host, sequence: sequence, phase: phase)
      for file in name.files { #expect(BundleName(parsing: file) == name) }
      #expect(BundleName(parsing: name.folder) == name)
    }
  }

  @Test("the file name is incident, host, number and phase")
  func form() throws {
    let name = try BundleName(incident: "INC-1", host: "web-1", sequence: 7, phase: .resolved)
    #expect(name.file(as: .gzip) == "INC-1--web-1--007-resolved.tar.gz")
    #expect(name.file(as: .zstd) == "INC-1--web-1--007-resolved.tar.zst")
  }

  @Test(
    "components that would blur the name are refused",
    arguments: [
      ("", "h"), ("a--b", "h"), ("a", "h-"), ("-a", "h"), ("..", "h"), ("a/b", "h"), ("a b", "h"), ("é", "h"),
      (String(repeating: "a", count: 180), "h"),
    ])
  func refused(incident: String, host: String) {
    #expect(throws: BundleError.self) {
      try BundleName(incident: incident, host: host, sequence: 1, phase: .opened)
    }
  }

  @Test(
    "names of other files are not parsed",
    arguments: [
      "", "a.tar.gz", "a--b--001-opened.tar", "a--b--001-opened.zst", "a--b--001-opened.tar.gz.tar.zst",
      "a--b--1-opened.tar.gz", "a--b--001-other.tar.gz",
      "a--b--000-opened",
      "--b--001-opened", "a--b--c--001-opened.tar.gz", "../a--b--001-opened.tar.gz", "a--b---01-opened",
    ])
  func notParsed(name: String) {
    #expect(BundleName(parsing: name) == nil)
  }

  @Test("any text becomes a component")
  func component() throws {
    for text in ["", "--", "Söme host/..", "a---b-", "....", String(repeating: "-x", count: 100)] {
      let component = BundleName.component(text, limit: 64)
      #expect(component.utf8.count <= 64)
      #expect(throws: Never.self) {
        try BundleName(incident: component, host: component, sequence: 1, phase: .drill)
      }
    }
  }
}
