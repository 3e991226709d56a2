internal import NIOSSL

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#endif

/// The files of `listen.tls`.
struct TLSFiles {
  /// Tells one state of a file from another without reading it.
  struct Stamp: Equatable, Sendable {
    var inode: UInt
    var size: Int
    var seconds: Int
    var nanoseconds: Int
  }

  /// Bytes of one file: a long chain, or many authorities.
  private static let limit = 1 << 20

  private let certificate: String
  private let key: String
  private let authority: String?
  let stamps: [Stamp]

  /// Finds the files, and reads none of them.
  ///
  /// - Throws: `ConfigurationErrors`.
  init(_ settings: AgentConfiguration.TLSSettings) throws {
    certificate = try TokenFile.place(of: settings.certificate, as: "listen.tls.certificate")
    key = try TokenFile.place(of: settings.key, as: "listen.tls.key")
    authority =
      settings.clientCA.isEmpty ? nil : try TokenFile.place(of: settings.clientCA, as: "listen.tls.client_ca")
    stamps = [certificate, key, authority].compactMap { $0 }.map(Self.stamp)
  }

  private static func stamp(_ path: String) -> Stamp {
    var status = stat()
    guard stat(path, &status) == 0 else { return Stamp(inode: 0, size: 0, seconds: 0, nanoseconds: 0) }
    return Stamp(
      inode: status.st_ino, size: status.st_size, seconds: status.st_mtim.tv_sec,
      nanoseconds: status.st_mtim.tv_nsec)
  }

  /// Makes what a connection needs.
  ///
  /// - Throws: `ConfigurationErrors` that name the file, and what to do.
  func context(_ settings: AgentConfiguration.TLSSettings) throws -> NIOSSLContext {
    let chain = try certificates(certificate, "listen.tls.certificate")
    let key = try privateKey()
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    if let authority {
      configuration.trustRoots = .certificates(try certificates(authority, "listen.tls.client_ca"))
      configuration.certificateVerification =
        settings.clientCertificates == .required ? .noHostnameVerification : .optionalVerification
    }
    do {
      return try NIOSSLContext(configuration: configuration)
    } catch {
      throw problem(
        certificate, "listen.tls.certificate",
        "TLS cannot use it with the key \(self.key) (\(error)); see that the two belong together")
    }
  }

  private func certificates(_ path: String, _ setting: String) throws -> [NIOSSLCertificate] {
    let bytes = try read(path, setting).bytes
    do {
      let certificates = try NIOSSLCertificate.fromPEMBytes(bytes)
      guard !certificates.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
      return certificates
    } catch {
      throw problem(
        path, setting, "holds no certificate in PEM; write one that begins with -----BEGIN CERTIFICATE-----")
    }
  }

  private func privateKey() throws -> NIOSSLPrivateKey {
    let file = try read(key, "listen.tls.key")
    guard file.mode & 0o027 == 0 || TokenFile.isCredential(key) else {
      throw problem(
        key, "listen.tls.key",
        "others than its owner and its group may read or write it; run \"chmod 640 \(key)\"")
    }
    do {
      return try NIOSSLPrivateKey(bytes: file.bytes, format: .pem)
    } catch {
      throw problem(
        key, "listen.tls.key",
        "holds no private key in PEM without a passphrase; run \"openssl pkey -in \(key)\" to see what it holds"
      )
    }
  }

  private func read(_ path: String, _ setting: String) throws -> ConfigurationFile {
    do throws(Complaint) {
      return try ConfigurationFile(path: path, limit: Self.limit)
    } catch {
      throw problem(path, setting, error.message)
    }
  }

  private func problem(_ file: String, _ setting: String, _ message: String) -> ConfigurationErrors {
    ConfigurationErrors(problems: [ConfigurationProblem(file: file, key: setting, message: message)])
  }
}
