import Testing

@testable import ConfigHistory

@Suite("Patterns of paths")
struct GlobTests {
  @Test(
    "match what they should and nothing else",
    arguments: [
      ("/etc/adjtime", "/etc/adjtime", true),
      ("/etc/adjtime", "/etc/adjtime.bak", false),
      ("/etc/ssl/private", "/etc/ssl/private/a/b", true),
      ("/etc/ssl/private", "/etc/ssl", false),
      ("/etc/ssl/private/**", "/etc/ssl/private/a/b", true),
      ("/etc/ssh/*_key", "/etc/ssh/ssh_host_rsa_key", true),
      ("/etc/ssh/*_key", "/etc/ssh/ssh_host_rsa_key.pub", false),
      ("/etc/ssh/*_key", "/etc/ssh/sub/a_key", false),
      ("/etc/**/*.swp", "/etc/x.swp", true),
      ("/etc/**/*.swp", "/etc/a/b/.x.swp", true),
      ("/etc/**/*.swp", "/etc/a/b/x.swpx", false),
      ("/etc/**/a/**/b", "/etc/a/a/x/b", true),
      ("/etc/**/a/**/b", "/etc/x/b", false),
      ("/etc/?", "/etc/a", true),
      ("/etc/?", "/etc/ab", false),
      ("/etc/a*b*c", "/etc/aXbXbXc", true),
      ("/etc/a*b*c", "/etc/aXbXbX", false),
      ("/etc/", "/etc/a", true),
      ("/**", "/", true),
      ("relative", "/etc/relative", false),
    ])
  func matches(pattern: String, path: String, isMatch: Bool) {
    #expect(GlobSet([pattern]).contains(Array(path.utf8)) == isMatch)
  }

  @Test("keep what can match under a folder", arguments: ["/a", "/a/b", "/a/b/c", "/x"])
  func narrowing(folder: String) {
    let all = GlobSet(["/a/b/*.key", "/**/z", "/a/q", "/x/?/z*"])
    for name in ["z", "k.key", "q", "a/zz", "b/k.key"] {
      let path = Array("\(folder)/\(name)".utf8)
      #expect(all.under(Array(folder.utf8)).contains(path) == all.contains(path), "\(folder)/\(name)")
    }
  }

  @Test("that are hostile end in time that grows with the product of the lengths")
  func hostilePattern() {
    let pattern = "/" + String(repeating: "*a", count: 2000) + "b"
    let name = [slash] + [UInt8](repeating: UInt8(ascii: "a"), count: 4000)
    #expect(!GlobSet([pattern]).contains(name))
  }

  @Test("and paths that are not UTF-8 keep their bytes through text")
  func pathText() {
    for bytes: [UInt8] in [
      [0x2F, 0xFF, 0x5C, 0x78, 0x41], [0x2F, 0x5C, 0x61], Array("/größe\\x41".utf8), [0x2F, 0x80],
    ] {
      #expect(PathText(bytes).bytes == bytes)
    }
  }
}
