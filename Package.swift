// swift-tools-version: 6.2
import PackageDescription

/// The one set of compiler settings; `make test` turns warnings into errors.
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]
    + (Context.environment["TRANSOM_WARNINGS_AS_ERRORS"] == "1"
        ? [.treatAllWarnings(as: .error)] : [])

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
/// A second opinion for tests; the data path has a parser of its own.
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let swiftProtobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let argumentParser: Target.Dependency = .product(
    name: "ArgumentParser",
    package: "swift-argument-parser"
)

/// A room of the house: one target, the same settings for all.
func room(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// A program.
func app(_ name: String, _ dependencies: Target.Dependency...) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of a room, and what else they look at.
func tests(of name: String, _ dependencies: Target.Dependency...) -> Target {
    .testTarget(
        name: "\(name)Tests",
        dependencies: [.target(name: name)] + dependencies,
        swiftSettings: settings
    )
}

/// A C library of the system, seen by the one binding of its name.
func library(_ name: String, pkgConfig: String, apt package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let apps: [Target] = [
    app(
        "transom",
        "Gateway",
        "FrontDoor",
        "Loading",
        "Planning",
        "Configuration",
        "Schema",
        "Exchanges",
        argumentParser
    ),
    app("demo-backend", "Nghttp2", "GRPC", "Bytes", swiftProtobuf, nioCore, nioPosix),
    app(
        "transom-bench",
        "TLSChannel",
        "Nghttp2",
        "OpenSSL",
        "GRPC",
        "HTTPMessages",
        "Routing",
        "Telemetry",
        "Transcoding",
        "Schema",
        "Bytes",
        nioCore,
        nioPosix
    ),
]

let shell: [Target] = [
    room(
        "Gateway",
        "FrontDoor",
        "Reflection",
        "BackendChannel",
        "Loading",
        "Planning",
        "Configuration",
        "Exchanges",
        "Policies",
        "Balancing",
        "Transcoding",
        "Routing",
        "Telemetry",
        "GRPC",
        "HTTPMessages",
        "Nghttp2",
        "OpenSSL",
        "Compression",
        "Bytes",
        nioCore,
        nioPosix
    ),
    room("FrontDoor", "TLSChannel", "HTTPMessages", "OpenSSL", "Bytes", nioCore, nioPosix),
    room(
        "Reflection",
        "BackendChannel",
        "Nghttp2",
        "Schema",
        "Balancing",
        "GRPC",
        "Bytes",
        nioCore,
        nioPosix
    ),
    room(
        "BackendChannel",
        "TLSChannel",
        "Nghttp2",
        "OpenSSL",
        "Compression",
        "Balancing",
        "GRPC",
        "Bytes",
        nioCore,
        nioPosix
    ),
    room("TLSChannel", "OpenSSL", "Bytes", nioCore),
    room("Loading", "Configuration", "Schema", "OpenSSL", "CSpawn"),
]

let coreAtLoad: [Target] = [
    room(
        "Planning",
        "Configuration",
        "Schema",
        "Exchanges",
        "Policies",
        "Balancing",
        "Transcoding",
        "Routing",
        "HTTPMessages",
        "Bytes"
    ),
    room("Configuration", "Balancing", "Bytes", yams),
    room("Schema", "Transcoding", "Bytes", swiftProtobuf),
]

let core: [Target] = [
    room(
        "Exchanges",
        "Policies",
        "Balancing",
        "Transcoding",
        "Routing",
        "GRPC",
        "HTTPMessages",
        "Bytes"
    ),
    room("Policies", "HTTPMessages", "Bytes"),
    room("Balancing", "GRPC"),
    room("Transcoding", "Jansson", "Bytes"),
    room("Routing", "Bytes"),
    room("Telemetry", "GRPC", "HTTPMessages", "Bytes"),
    room("GRPC", "Bytes"),
    room("HTTPMessages", "Bytes"),
]

let bindings: [Target] = [
    room("Jansson", "CJansson"),
    room("OpenSSL", "COpenSSL", "Bytes"),
    room("Compression", "CCompression", "Bytes"),
    library("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    .systemLibrary(
        name: "CCompression",
        providers: [.apt(["zlib1g-dev", "libbrotli-dev", "libzstd-dev"])]
    ),
    room("Nghttp2", "CNghttp2", "Bytes"),
    library("CJansson", pkgConfig: "jansson", apt: "libjansson-dev"),
    library("CNghttp2", pkgConfig: "libnghttp2", apt: "libnghttp2-dev"),
]

let ground: [Target] = [room("Bytes"), .systemLibrary(name: "CSpawn")]

let allTests: [Target] = [
    tests(of: "Loading", "Configuration", "Schema", "TLSFixtures", swiftProtobuf),
    tests(of: "Reflection", "Schema", "GRPC", swiftProtobuf),
    tests(
        of: "BackendChannel",
        "Balancing",
        "Nghttp2",
        "Compression",
        "GRPC",
        "Bytes",
        "TLSFixtures",
        nioCore,
        nioPosix
    ),
    tests(of: "Configuration", "Balancing"),
    tests(of: "Schema", "Transcoding", "Bytes", swiftProtobuf),
    tests(
        of: "FrontDoor",
        "HTTPMessages",
        "OpenSSL",
        "Bytes",
        "TLSFixtures",
        nioCore,
        nioPosix,
        nioEmbedded
    ),
    tests(
        of: "Planning",
        "Configuration",
        "Schema",
        "Exchanges",
        "Policies",
        "Balancing",
        "Transcoding",
        "Routing",
        swiftProtobuf
    ),
    tests(
        of: "Exchanges",
        "Policies",
        "Transcoding",
        "Routing",
        "Schema",
        "GRPC",
        "HTTPMessages",
        "Bytes",
        swiftProtobuf
    ),
    tests(of: "Policies", "HTTPMessages", "Bytes"),
    tests(of: "Balancing", "GRPC"),
    tests(of: "Transcoding", "Schema", "Bytes"),
    tests(of: "Routing", "Bytes"),
    tests(of: "Telemetry", "GRPC", "HTTPMessages", "Bytes"),
    tests(of: "GRPC", "Bytes"),
    tests(of: "HTTPMessages", "Bytes", nioCore, nioEmbedded, nioHTTP1),
    tests(of: "Nghttp2", "Bytes"),
    tests(of: "Jansson"),
    tests(of: "OpenSSL", "COpenSSL", "Bytes", "TLSFixtures"),
    tests(
        of: "TLSChannel",
        "OpenSSL",
        "Bytes",
        "TLSFixtures",
        nioCore,
        nioPosix,
        nioEmbedded
    ),
    .target(name: "TLSFixtures", path: "Tests/TLSFixtures", swiftSettings: settings),
    tests(of: "Compression", "Bytes"),
    tests(of: "Bytes"),
]

let fuzzed: [Target.Dependency] = [
    "Schema", "Transcoding", "Routing", "GRPC", "HTTPMessages", "Nghttp2", "FrontDoor", "Bytes",
    nioCore, nioEmbedded,
]

/// The fuzz targets: a program for `make fuzz`, and for all else tests that replay their inputs.
let fuzz: Target =
    Context.environment["TRANSOM_FUZZ_BUILD"] == "1"
    ? .executableTarget(
        name: "transom-fuzz",
        dependencies: fuzzed,
        path: "Tests/Fuzz",
        exclude: ["Seeds", "protos", "generate", "ReplayTests.swift"],
        swiftSettings: settings
    )
    : .testTarget(
        name: "FuzzTests",
        dependencies: fuzzed,
        path: "Tests/Fuzz",
        exclude: ["Seeds", "protos", "generate", "FuzzEntry.swift"],
        swiftSettings: settings
    )

let package = Package(
    name: "transom",
    products: [
        .executable(name: "transom", targets: ["transom"]),
        .executable(name: "demo-backend", targets: ["demo-backend"]),
        .executable(name: "transom-bench", targets: ["transom-bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: apps + shell + coreAtLoad + core + bindings + ground + allTests + [fuzz]
)
