/// Reads `transom.yaml`.
package enum ConfigurationFile {
    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - source: the file.
    ///   - environment: what `${NAME}` is replaced from.
    /// - Returns: the values, with defaults in the place of what could not be read, so that the
    ///   files it names can be read for their errors too; nil when the text is no mapping. Only
    ///   without errors may the values be used.
    package static func read(
        _ source: SourceFile,
        environment: [String: String]
    ) -> (configuration: GatewayConfiguration?, errors: [ConfigError]) {
        let (root, treeErrors) = YAMLTree.read(source)
        guard let root else { return (nil, treeErrors) }
        var reading = Reading(source, environment: environment)
        let configuration = GatewayConfiguration.read(root, &reading)
        return (configuration, ConfigError.inReadingOrder(treeErrors + reading.errors))
    }
}
