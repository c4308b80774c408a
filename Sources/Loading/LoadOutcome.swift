package import Configuration
package import Schema

/// Everything that a gateway is planned from, read and checked in itself.
package struct LoadedConfiguration: Sendable {
    package var configuration: GatewayConfiguration
    /// The routes of all files, in the order in which the files were read.
    package var routes: [RouteDeclaration]
    package var schema: Schema

    package init(
        configuration: GatewayConfiguration,
        routes: [RouteDeclaration],
        schema: Schema
    ) {
        self.configuration = configuration
        self.routes = routes
        self.schema = schema
    }
}

/// What loading came to.
package struct LoadOutcome: Sendable {
    /// Absent when there is any error.
    package var loaded: LoadedConfiguration?
    /// What could be read in spite of errors, to look for further ones in it; never to be served.
    package var partial: LoadedConfiguration?
    /// Every error of every file.
    package var errors: [ConfigError]
    /// What may be wrong but does not keep the gateway from serving.
    package var warnings: [ConfigError]
    /// Every file read and every folder listed, absolute and sorted, also after errors: what a
    /// reload watches.
    package var files: [String]
}
