internal import Configuration
internal import Policies

/// Checks the names that a configuration lets pass against what the policies may let pass.
enum MetadataCheck {
    /// One error for each name that would never pass, whatever the configuration says.
    static func errors(_ metadata: MetadataConfiguration) -> [ConfigError] {
        let request = metadata.request.filter { !RequestMetadataPolicy.isAllowed($0.value) }.map {
            ConfigError(
                "expected a header that may go to a backend, found '\($0.value)', "
                    + "which the gateway sets itself or gRPC cannot carry",
                at: $0.place
            )
        }
        let response = metadata.response.filter { !ResponseMetadataPolicy.isAllowed($0.value) }
            .map {
                ConfigError(
                    "expected metadata that may become a header, found '\($0.value)', "
                        + "which the gateway sets itself or gRPC cannot carry",
                    at: $0.place
                )
            }
        return request + response
    }
}
