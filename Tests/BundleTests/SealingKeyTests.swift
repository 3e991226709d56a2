import Foundation
import Testing

@testable import Bundle

@Suite struct SealingKeyTests {
  static let needsKeygen: Comment = "needs ssh-keygen"
  static let hasKeygen = hasTool("ssh-keygen", ["-?"])

  @Test("a stored key is the same key when it is loaded")
  func roundTrip() throws {
    let folder = try TemporaryFolder()
    for comment in ["", "a", "exhibit@web-1", "Ein Kommentar"] {
      let key = SealingKey.generate(comment: comment)
      let path = folder.file("key-\(comment.utf8.first ?? 0)")
      try key.store(path: path)
      let loaded = try SealingKey.load(path: path)
      #expect(loaded.publicKey == key.publicKey && loaded.comment == comment)
      #expect(try loaded.sign(bytes("m")) == key.sign(bytes("m")))
    }
  }

  @Test("a stored key is private, and never overwritten")
  func storing() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("key")
    try SealingKey.generate(comment: "").store(path: path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
    #expect(throws: BundleError.system(call: "open", path: path, errno: EEXIST)) {
      try SealingKey.generate(comment: "").store(path: path)
    }
  }

  @Test("a key that others can read is refused")
  func permissions() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("key")
    try SealingKey.generate(comment: "").store(path: path)
    try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
    #expect(throws: BundleError.self) { try SealingKey.load(path: path) }
  }

  @Test("a damaged key file is refused, whichever byte it is")
  func damaged() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("key")
    let key = SealingKey.generate(comment: "c")
    try key.store(path: path)
    let content = try bytes(of: path)
    for index in content.indices {
      var changed = content
      changed[index] = changed[index] == 0x41 ? 0x42 : 0x41
      try write(changed, to: path)
      // The comment and the two check numbers are not part of the key.
      if let loaded = try? SealingKey.load(path: path) { #expect(loaded.publicKey == key.publicKey) }
    }
  }

  @Test(
    "ssh-keygen reads the key and agrees on its public half and fingerprint",
    .enabled(if: hasKeygen, needsKeygen))
  func keygenReads() throws {
    let folder = try TemporaryFolder()
    let key = SealingKey.generate(comment: "exhibit@web-1")
    try key.store(path: folder.file("key"))
    let shown = try run("ssh-keygen", ["-y", "-P", "", "-f", folder.file("key")])
    #expect(shown.status == 0 && shown.output == key.publicKey.line(comment: "exhibit@web-1") + "\n")
    let listed = try run("ssh-keygen", ["-l", "-f", folder.file("key")])
    #expect(listed.output.contains(key.publicKey.fingerprint))
  }

  @Test("a key that ssh-keygen made signs, and ssh-keygen verifies", .enabled(if: hasKeygen, needsKeygen))
  func keygenVerifies() throws {
    let folder = try TemporaryFolder()
    let made = try run(
      "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "made", "-f", folder.file("key")])
    #expect(made.status == 0)
    let key = try SealingKey.load(path: folder.file("key"))
    let message = bytes("the manifest\n")
    try write(try key.sign(message), to: folder.file("sig"))
    let line = "exhibit namespaces=\"exhibit-evidence\" \(key.publicKey.line(comment: ""))\n"
    try write(bytes(line), to: folder.file("allowed"))
    let arguments = [
      "-Y", "verify", "-f", folder.file("allowed"), "-I", "exhibit", "-n", "exhibit-evidence", "-s",
      folder.file("sig"),
    ]
    #expect(try run("ssh-keygen", arguments, input: message).status == 0)
    #expect(try run("ssh-keygen", arguments, input: message + [0x21]).status != 0)
  }

  @Test("we verify what ssh-keygen signed", .enabled(if: hasKeygen, needsKeygen))
  func verifiesKeygen() throws {
    let folder = try TemporaryFolder()
    _ = try run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", folder.file("key")])
    try write(bytes("m"), to: folder.file("m"))
    let signed = try run(
      "ssh-keygen", ["-Y", "sign", "-f", folder.file("key"), "-n", "exhibit-evidence", folder.file("m")])
    #expect(signed.status == 0)
    let signature = try #require(SSHSignature(armored: try bytes(of: folder.file("m.sig"))))
    #expect(signature.isValid(for: bytes("m")))
    #expect(!signature.isValid(for: bytes("n")))
  }

  @Test("a signature with any changed byte is refused")
  func damagedSignature() throws {
    let key = SealingKey.generate(comment: "")
    let armored = try key.sign(bytes("m"))
    #expect(SSHSignature(armored: armored)?.isValid(for: bytes("m")) == true)
    for index in armored.indices {
      var changed = armored
      changed[index] ^= 1
      #expect(SSHSignature(armored: changed)?.isValid(for: bytes("m")) != true)
    }
  }

  @Test("an allowed_signers file trusts only what it says without reserve")
  func allowedSigners() throws {
    let keys = (0..<7).map { _ in SealingKey.generate(comment: "").publicKey }
    let signers = TrustedSigners(
      allowedSigners: """
        # the fleet
        plain@host \(keys[0].line(comment: "note"))
        both@host namespaces="git,exhibit-evidence" \(keys[1].line(comment: ""))

        git@host namespaces="git" \(keys[2].line(comment: ""))
        ca@host cert-authority \(keys[3].line(comment: ""))
        old@host namespaces="exhibit-evidence",valid-before="20200101" \(keys[4].line(comment: ""))
        "quoted name" \(keys[5].line(comment: ""))
        rsa@host ssh-rsa AAAAB3NzaC1yc2E=
        """)
    #expect(
      keys.map { signers.principal(of: $0) } == [
        "plain@host", "both@host", nil, nil, nil, "\"quoted name\"", nil,
      ])
    #expect(signers.unusedLines == [5, 6, 7, 9])
  }
}
