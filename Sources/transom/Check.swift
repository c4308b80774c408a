internal import ArgumentParser
internal import Exchanges

/// `transom check`.
struct Check: ParsableCommand {
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

    func run() throws {
        let loaded = try LoadedGateway.load(self.options.config)
        loaded.reportWarnings()
        if self.strict, !loaded.warnings.isEmpty { throw ExitCode.configuration }
        let count = loaded.plans.plans.count
        print("\(self.options.config): \(count) route\(count == 1 ? "" : "s"), no errors")
    }
}
