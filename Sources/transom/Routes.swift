internal import ArgumentParser
internal import Gateway

/// `transom routes`.
struct Routes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the compiled route table.",
        discussion: """
            EXAMPLE:
              transom routes --config transom.yaml
            """
    )

    @OptionGroup var options: ConfigurationOption

    func run() async throws {
        let loaded = try await LoadedGateway.load(self.options.config)
        print(RouteListing.text(loaded.plans))
    }
}
