internal import ArgumentParser
internal import FrontDoor
internal import Gateway

/// `transom health`.
struct Health: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a running gateway whether it is ready.",
        discussion: """
            Asks /readyz of the admin address; exit 0 when it is ready, 1 otherwise. For a \
            container's health check.

            EXAMPLE:
              transom health
              transom health --address 127.0.0.1:9901
              transom health --address unix:///run/transom/admin.sock
            """
    )

    @Option(
        help: ArgumentHelp(
            "The admin address of the gateway: host:port or unix:///path.",
            valueName: "address"
        )
    )
    var address = "127.0.0.1:9901"

    func validate() throws {
        switch ListenAddress(self.address) {
        case .host, .unix: break
        case .inherited, nil:
            throw ValidationError("expected an address such as 127.0.0.1:9901 or unix:///path")
        }
    }

    func run() async throws {
        guard let address = ListenAddress(self.address) else { throw ExitCode.failure }
        let answer = await ReadinessProbe.ask(address)
        print(answer.text)
        if !answer.isReady { throw ExitCode.failure }
    }
}
