import Foundation
import Testing

@testable import Bundle

/// What the format promises: everyone opens and checks a bundle with tools that are there already.
@Suite struct StandardToolTests {
  private let folder: TemporaryFolder
  private let bundle: SealedBundle
  private let sample: Sample

  init() throws {
    var sample = Sample()
    let long = try PayloadPath(
      hostPath: bytes("/etc/" + String(repeating: "deep/", count: 60) + "x.conf"), under: "config/current")
    sample.files += [
      (long.text, "long\n"), ("logs/empty.jsonl", ""), ("logs/block", String(repeating: "b", count: 512)),
      ("logs/large.jsonl", String(repeating: "{\"MESSAGE\":\"0123456789\"}\n", count: 40_000)),
      ("config/current/a=20b@c+d,e~f", "x"),
    ]
    self.sample = sample
    folder = try TemporaryFolder()
    bundle = try sample.seal(in: folder)
  }

  private func expectUnpacked() throws {
    for (path, body) in sample.files {
      #expect(try bytes(of: folder.file("\(bundle.name.folder)/data/\(path)")) == bytes(body), "\(path)")
    }
  }

  @Test("gzip -t and zcat accept it without a word", .enabled(if: hasTool("gzip"), "needs gzip"))
  func gzip() throws {
    for arguments in [["gzip", "-t"], ["zcat"]] {
      let result = try run(arguments[0], arguments.dropFirst() + [bundle.path])
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    }
  }

  @Test("GNU tar lists and unpacks it without a word", .enabled(if: hasTool("tar"), "needs tar"))
  func gnuTar() throws {
    let listed = try run("tar", ["-tvzf", bundle.path])
    #expect(listed.status == 0 && listed.errors.isEmpty, "\(listed.errors)")
    let lines = listed.output.split(separator: "\n")
    #expect(lines.allSatisfy { $0.hasPrefix("-rw-r--r-- 0/0 ") })
    #expect(lines.first?.hasSuffix("/bagit.txt") == true && lines.last?.contains("/data/logs/") == true)
    let unpacked = try run("tar", ["-xzf", bundle.path], in: folder.path)
    #expect(unpacked.status == 0 && unpacked.errors.isEmpty, "\(unpacked.errors)")
    try expectUnpacked()
  }

  @Test("bsdtar unpacks it without a word", .enabled(if: hasTool("bsdtar"), "needs bsdtar"))
  func bsdtar() throws {
    let unpacked = try run("bsdtar", ["-xf", bundle.path], in: folder.path)
    #expect(unpacked.status == 0 && unpacked.errors.isEmpty, "\(unpacked.errors)")
    try expectUnpacked()
  }

  @Test("python's tarfile reads it, seeking and streaming", .enabled(if: hasTool("python3"), "needs python3"))
  func pythonTarfile() throws {
    for mode in ["r:gz", "r|gz"] {
      let script = """
        import sys, tarfile
        with tarfile.open(sys.argv[1], sys.argv[2]) as t:
            t.extractall(sys.argv[3], filter='data') if hasattr(tarfile, 'data_filter') else t.extractall(sys.argv[3])
        """
      let result = try run("python3", ["-W", "error", "-c", script, bundle.path, mode, folder.path])
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
      try expectUnpacked()
    }
  }

  @Test(
    "bagit.py finds the bag complete and valid", .enabled(if: hasPythonModule("bagit"), "needs PyPI bagit"))
  func bagit() throws {
    _ = try run("tar", ["-xzf", bundle.path], in: folder.path)
    let bag = folder.file(bundle.name.folder)
    let valid = try run("python3", ["-m", "bagit", "--validate", bag])
    #expect(valid.status == 0 && valid.errors.contains("is valid"), "\(valid.errors)")
    try write(bytes("127.0.0.1 elsewhere\n"), to: bag + "/data/config/current/etc/hosts")
    #expect(try run("python3", ["-m", "bagit", "--validate", bag]).status != 0)
  }

  @Test(
    "sha256sum and ssh-keygen check the seal",
    .enabled(if: SealingKeyTests.hasKeygen, SealingKeyTests.needsKeygen))
  func seal() throws {
    _ = try run("tar", ["-xzf", bundle.path], in: folder.path)
    let bag = folder.file(bundle.name.folder)
    for manifest in ["manifest-sha256.txt", "tagmanifest-sha256.txt"] {
      let result = try run("sha256sum", ["-c", "--strict", "--quiet", manifest], in: bag)
      #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
    }
    try write(
      bytes("exhibit \(sample.key.publicKey.line(comment: ""))\n"), to: folder.file("allowed_signers"))
    let verified = try run(
      "ssh-keygen",
      [
        "-Y", "verify", "-f", folder.file("allowed_signers"), "-I", "exhibit", "-n", "exhibit-evidence",
        "-s", bag + "/tagmanifest-sha256.txt.sig",
      ], input: try bytes(of: bag + "/tagmanifest-sha256.txt"))
    #expect(verified.status == 0, "\(verified.output)\(verified.errors)")
  }

  @Test(
    "GNU tar and python read the size of a file of more than 8 GiB", .enabled(if: hasTool("tar"), "needs tar")
  )
  func hugeFile() throws {
    let header = TarHeader(name: "top/data/huge", size: 9_663_676_416, modified: 0).encoded()
    // The content is not there, so tar complains once it has listed the header.
    #expect(try run("tar", ["-tvf", "-"], input: header).output.contains(" 9663676416 "))
    let script = "import sys, tarfile; print(tarfile.open(fileobj=sys.stdin.buffer, mode='r|').next().size)"
    #expect(try run("python3", ["-c", script], input: header).output == "9663676416\n")
  }

  @Test(
    "evidence.json and incident.json are what their published schemas say",
    .enabled(if: hasPythonModule("jsonschema"), "needs PyPI jsonschema"), arguments: ["evidence", "incident"])
  func schemas(name: String) throws {
    let schemas = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../docs/schema/\(name).schema.json").path
    let script = """
      import json, sys, jsonschema
      schema = json.load(open(sys.argv[1]))
      jsonschema.Draft202012Validator.check_schema(schema)
      document = json.load(sys.stdin)
      jsonschema.Draft202012Validator(schema).validate(document)
      for field in schema["required"]:
          broken = {k: v for k, v in document.items() if k != field}
          if jsonschema.Draft202012Validator(schema).is_valid(broken): sys.exit(field + " is not required")
      """
    let document = try BundleReader(path: bundle.path).read("\(name).json", limit: 1 << 20)
    let result = try run("python3", ["-c", script, schemas], input: document)
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test("the trailer holds the SHA-256 of all bytes before it, as head and sha256sum find it")
  func trailer() throws {
    let file = try bytes(of: bundle.path)
    let result = try run("sha256sum", ["-"], input: Array(file.dropLast(58)))
    #expect(result.output.hasPrefix(hexadecimal(file.suffix(42).prefix(32))))
  }
}
