internal import ArgumentParser
internal import Exchanges

/// `transom check`.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the configuration and report every error, without serving.",
        discussion: """
            Exit 0 when it can be served (with --strict: and there is no warning), 78 otherwise.

            EXAMPLE:
              transom check --config transom.yaml
            """
    )

    @OptionGroup var options: ConfigurationOption

    @Flag(help: "Warnings are errors too.")
    var strict = false

    @Flag(help: "Warn of each method of the schema that no route reaches.")
    var unrouted = false

    func run() async throws {
        let loaded = try await LoadedGateway.load(self.options.config)
        loaded.reportWarnings()
        let unrouted = self.unrouted ? loaded.unroutedMethods : []
        for method in unrouted { StandardError.print("warning: '\(method)' has no route") }
        let warnings = loaded.warnings.count + unrouted.count
        if self.strict, warnings > 0 {
            StandardError.print(
                warnings == 1
                    ? "1 warning, which --strict takes for an error"
                    : "\(warnings) warnings, which --strict takes for errors"
            )
            throw ExitCode.configuration
        }
        let count = loaded.plans.plans.count
        print("\(self.options.config): \(count) route\(count == 1 ? "" : "s"), no errors")
    }
}
