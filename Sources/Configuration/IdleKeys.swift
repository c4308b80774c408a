/// Finds keys that do nothing because of what other keys say, or do not say.
package enum IdleKeys {
    /// One warning for each such key.
    ///
    /// - Parameter configuration: read without errors.
    /// - Returns: the warnings, in the order of the file.
    package static func warnings(of configuration: GatewayConfiguration) -> [ConfigError] {
        ConfigError.inReadingOrder(
            self.ofSchema(configuration.schema) + self.ofMetadata(configuration)
        )
    }

    private static func ofSchema(_ schema: SchemaConfiguration) -> [ConfigError] {
        guard schema.reflection.isEmpty else { return [] }
        return ["refresh", "cache"].compactMap { key in
            // `cache: none` is what it is anyway.
            guard let place = schema.places.keys[key], key == "refresh" || schema.cache != nil
            else {
                return nil
            }
            return ConfigError(
                "expected the key 'reflection' beside '\(key)', which is for that, found none",
                at: place
            )
        }
    }

    /// Only a listener with `client_ca` asks clients for a certificate.
    private static func ofMetadata(_ configuration: GatewayConfiguration) -> [ConfigError] {
        let metadata = configuration.metadata
        let certificates = configuration.listen.flatMap(\.tls)
        guard metadata.clientCertificate, certificates.allSatisfy({ $0.clientAuthorities == nil })
        else { return [] }
        return [
            ConfigError(
                "expected the key 'client_ca' at a listener, found none: "
                    + "no client is asked for a certificate",
                at: metadata.places.of("client_certificate"),
                hint: "see listen[].tls.client_ca"
            )
        ]
    }
}
