internal import NIOSSL

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// How this client trusts an agent on another host, and shows it who it is. Files are in PEM.
struct ClientTLS: Equatable {
  /// Authorities to trust instead of those of the system.
  var authorities: String?
  /// This client's certificate, with the authorities between it and the agent's.
  var certificate: String?
  /// Its private key; `nil` where it stands in the file of the certificate.
  var key: String?

  /// Longer than any chain; protects from a wrong path to something large.
  private static let maximumLength = 1 << 20

  /// - Throws: `CommandFailure` or `FileError`, which name the file; neither holds a byte of it.
  func configuration() throws -> TLSConfiguration {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    if let authorities {
      configuration.trustRoots = .certificates(try certificates(authorities, option: "--cacert"))
    }
    guard let certificate else { return configuration }
    let chain = try certificates(certificate, option: "--cert")
    configuration.certificateChain = chain.map { .certificate($0) }
    let key = try privateKey(key ?? certificate)
    configuration.privateKey = .privateKey(key)
    do {
      // Says now, and not in the middle of a handshake, that the two do not belong together: whom to trust is another
      // matter, and a host may have no authorities at all.
      var pair = configuration
      pair.certificateVerification = .none
      _ = try NIOSSLContext(configuration: pair)
    } catch {
      throw CommandFailure(
        .usage, "the certificate \(certificate) and the key \(self.key ?? certificate) do not belong together"
      )
    }
    return configuration
  }

  private func certificates(_ path: String, option: String) throws -> [NIOSSLCertificate] {
    let file = try open(path)
    let bytes = try read(file)
    do {
      let certificates = try NIOSSLCertificate.fromPEMBytes(bytes)
      guard !certificates.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
      return certificates
    } catch {
      throw CommandFailure(
        .usage,
        "\(option) \(path) holds no certificate in PEM; give a file with -----BEGIN CERTIFICATE----- in it")
    }
  }

  private func privateKey(_ path: String) throws -> NIOSSLPrivateKey {
    let file = try open(path)
    try file.refuseOthers(what: "key file")
    let bytes = try read(file)
    do {
      return try NIOSSLPrivateKey(bytes: bytes, format: .pem)
    } catch {
      throw CommandFailure(
        .usage,
        "\(path) holds no private key in PEM without a passphrase; see: openssl pkey -noout -in \(path)")
    }
  }

  /// A FIFO that nobody writes to would otherwise be waited for.
  private func open(_ path: String) throws(FileError) -> OpenFile {
    try OpenFile(path, flags: O_RDONLY | O_NONBLOCK)
  }

  private func read(_ file: borrowing OpenFile) throws -> [UInt8] {
    guard let length = try file.length(), length <= Self.maximumLength else {
      throw CommandFailure(
        .usage, "\(file.path) is not a regular file of at most \(Self.maximumLength) bytes")
    }
    return try file.readAll(upTo: length)
  }
}
