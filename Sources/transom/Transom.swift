internal import ArgumentParser
internal import Gateway

/// The command `transom`.
@main
struct Transom: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "transom",
        abstract: "A gRPC-to-REST gateway: HTTP/1.1 and JSON in, gRPC out.",
        discussion: """
            EXAMPLE:
              transom serve --config transom.yaml
              curl localhost:8080/v1/users/42
            """,
        version: Version.text,
        subcommands: [Serve.self, Check.self, Routes.self, Explain.self, Health.self]
    )
}
