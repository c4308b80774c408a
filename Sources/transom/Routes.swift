internal import ArgumentParser
internal import Gateway

/// `transom routes`.
struct Routes: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the compiled route table.",
        discussion: """
            EXAMPLE:
              transom routes --config transom.yaml
            """
    )

    @OptionGroup var options: ConfigurationOption

    func run() throws {
        let loaded = try LoadedGateway.load(self.options.config)
        print(RouteListing.text(loaded.plans))
    }
}
