internal import ArgumentParser

/// The option that every command with a configuration has.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp("The configuration file (YAML or JSON).", valueName: "file")
    )
    var config: String
}
