// swift-tools-version: 6.2
import PackageDescription

/// Language mode 6 comes with the tools version; these make what is implicit visible to the reader and
/// keep every warning of ours out of main.
let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let swiftASN1 = Target.Dependency.product(name: "SwiftASN1", package: "swift-asn1")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// Byte loops are some fifty times slower without the optimiser, and their tests run thousands of cases: these
/// modules are optimised in debug builds, too. (The root package may use such flags.)
let optimised = settings + [.unsafeFlags(["-O"], .when(configuration: .debug))]

/// A module of the product. Its dependencies are the architecture: they point down the page only.
func module(_ name: String, _ dependencies: [Target.Dependency], _ settings: [SwiftSetting] = settings)
  -> Target
{
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], _ settings: [SwiftSetting] = settings
) -> Target {
  .testTarget(name: "\(name)Tests", dependencies: dependencies, swiftSettings: settings)
}

let package = Package(
  name: "exhibit",
  products: [.executable(name: "exhibit", targets: ["exhibit"])],
  traits: [
    // Without it bundles are compressed by zlib and zstd only: swift build --disable-default-traits
    .trait(name: "ISAL", description: "Compress by ISA-L, five times as fast as zlib; x86-64 and arm64."),
    .default(enabledTraits: ["ISAL"]),
  ],
  dependencies: [
    // The command line: parsing, --help, completion scripts.
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    // SHA-256, HMAC, Ed25519, constant-time comparison: never our own cryptography.
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    // The types of HTTP that the server speaks in: methods, status, header names.
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    // The logging facade that the HTTP server and the lifecycle speak.
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    // The names in a client certificate: never our own parser of ASN.1.
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    // The event loops under the server, and a thread pool for short blocking work.
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    // The HTTP parts as the server passes them on, which the guard of a connection looks at.
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    // TLS of the HTTP listener; the command line's client has it anyway.
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    // SQLite: durable intake, incidents, and the config history.
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    // The HTTP server on SwiftNIO. Without its default traits it does not pull in swift-configuration.
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    // YAML with line numbers, so that a configuration error can name its place.
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    // The HTTP client of the command line: unix sockets, streaming, Range.
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    // Ordered start and graceful stop on signals.
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    .systemLibrary(name: "CIsal", pkgConfig: "libisal", providers: [.apt(["libisal-dev"])]),
    .systemLibrary(name: "CLinux"),
    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .systemLibrary(name: "CPcre2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    // The three that journald compresses large fields with.
    .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
    .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
    .systemLibrary(name: "CLZMA", pkgConfig: "liblzma", providers: [.apt(["liblzma-dev"])]),

    module("Evidence", []),
    module("Redaction", ["Evidence", "CPcre2", crypto], optimised),
    module("Signals", ["Evidence", crypto]),
    module("Journal", ["Evidence", "Redaction", "CSystemd", "CZstd", "CLZ4", "CLZMA"], optimised),
    module("ConfigHistory", ["Evidence", "Redaction", "CLinux", "CZstd", crypto, grdb], optimised),
    module("Deploys", ["Evidence", grdb]),
    module("Timeline", ["Evidence"]),
    module(
      "Bundle",
      [
        "Evidence", "Redaction", "CLinux", "CZlib", "CZstd",
        .target(name: "CIsal", condition: .when(traits: ["ISAL"])),
        crypto,
      ], optimised),
    module("Storage", ["Evidence", "Redaction", crypto, grdb]),
    module(
      "Capture",
      [
        "Evidence", "Redaction", "Journal", "ConfigHistory", "Deploys", "Timeline", "Bundle", "CLinux",
        logging,
      ]),
    module(
      "Agent",
      [
        "Evidence", "Redaction", "Signals", "Journal", "ConfigHistory", "Deploys", "Bundle", "Storage",
        "Capture", "CSystemd", crypto, httpTypes, hummingbird, hummingbirdCore, lifecycle, logging, nioCore,
        nioHTTP1, nioHTTPTypes, nioPosix, nioSSL, nioTLS, swiftASN1, unixSignals, yams,
      ]),
    .executableTarget(
      name: "exhibit",
      dependencies: [
        "Evidence", "Redaction", "Signals", "Journal", "ConfigHistory", "Timeline", "Bundle", "Storage",
        "Agent",
        crypto,
        logging,
        nioCore, nioHTTP1, nioPosix, nioSSL,
        argumentParser, .product(name: "AsyncHTTPClient", package: "async-http-client"),
      ],
      swiftSettings: settings),
    // Feeds the redactor and the decoders of signals with hostile bytes; 'make fuzz' builds it with AddressSanitizer.
    .executableTarget(
      name: "exhibit-fuzz", dependencies: ["Evidence", "Redaction", "Signals"], swiftSettings: optimised),

    tests("Evidence", ["Evidence"]),
    tests("Redaction", ["Redaction"], optimised),
    tests("Signals", ["Signals", "Evidence", crypto]),
    tests("Journal", ["Journal", "Redaction", "Evidence", "CZstd", "CLZ4", "CLZMA"]),
    tests("ConfigHistory", ["ConfigHistory", "Redaction", "Evidence", "CLinux", crypto, grdb]),
    tests("Deploys", ["Deploys", "Evidence", grdb]),
    tests("Timeline", ["Timeline", "Evidence"]),
    tests("Bundle", ["Bundle", "Redaction", "Evidence"]),
    tests("Storage", ["Storage", "Redaction", "Evidence", crypto, grdb]),
    tests(
      "Capture",
      ["Capture", "Bundle", "Journal", "Redaction", "ConfigHistory", "Deploys", "Evidence", logging]),
    tests(
      "Agent",
      [
        "Agent", "Bundle", "Capture", "ConfigHistory", "Deploys", "Evidence", "Journal", "Redaction",
        "Signals", "Storage", crypto, grdb, httpTypes, hummingbird, lifecycle, logging, nioCore,
        .product(name: "HummingbirdTesting", package: "hummingbird"),
      ]),
    tests(
      "Exhibit",
      [
        "exhibit", "Agent", "Bundle", "ConfigHistory", "Evidence", "Journal", "Redaction", "Signals",
        argumentParser,
      ]),
  ]
)
