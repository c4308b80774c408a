internal import ArgumentParser
internal import Gateway

/// `transom explain`.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what the gateway would make of a request.",
        discussion: """
            Prints the route that matches, what it binds, the request message as JSON and the \
            metadata that would be sent; for a request that would be refused, the answer. No \
            backend is called.

            EXAMPLE:
              transom explain --config transom.yaml GET '/v1/users/42'
              transom explain --config transom.yaml POST /v1/users --data '{"id": "ada"}'
            """
    )

    @OptionGroup var options: ConfigurationOption

    @Argument(help: "The HTTP method.")
    var method: String

    @Argument(help: "The request target: a path and maybe a query.")
    var target: String

    @Option(name: [.customShort("d"), .long], help: "The request body, as JSON.")
    var data: String?

    @Option(
        name: [.customShort("H"), .long],
        help: ArgumentHelp("A header field; may be given several times.", valueName: "name: value")
    )
    var header: [String] = []

    func run() async throws {
        let loaded = try await LoadedGateway.load(self.options.config)
        let explanation = Explanation(
            method: self.method,
            target: self.target,
            headers: self.header,
            body: self.data,
            plans: loaded.plans
        )
        print(explanation.text)
        if !explanation.isAccepted { throw ExitCode.failure }
    }
}
