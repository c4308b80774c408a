/// A certificate of a listener, under `listen[].tls`; several are for several names (SNI).
package struct ListenerTLSConfiguration: KeyedValue, Hashable {
    /// What the files say, once they are read.
    package struct Texts: Sendable, Hashable {
        package var identity: PEMIdentity
        /// PEM of the certificates that sign clients'.
        package var clientAuthorities: [UInt8]?

        package init(identity: PEMIdentity, clientAuthorities: [UInt8]? = nil) {
            self.identity = identity
            self.clientAuthorities = clientAuthorities
        }
    }

    package var certificate = Placed("", at: SourcePlace(file: ""))
    package var key = Placed("", at: SourcePlace(file: ""))
    /// The file of those who sign clients' certificates; with it, a client must have one.
    ///
    /// It is for the whole listener, and so of its first certificate.
    package var clientAuthorities: Placed<String>?
    package var texts: Texts?
    package var places = Places()

    package init() {}

    package static let tableName = "listen[].tls"
    package static let keys: [Key<Self>] = [
        .required("certificate", \.certificate, .path("a PEM file"), "with its chain"),
        .required("key", \.key, .path("a PEM file"), "the private key of the certificate"),
        .optional(
            "client_ca",
            \.clientAuthorities,
            .path("a PEM file"),
            otherwise: "none",
            "the certificates that sign clients'; with it a client must have one"
        ),
    ]
}

extension Kind where Value == [ListenerTLSConfiguration] {
    /// One certificate, a list of them, or off, which is none.
    static var certificates: Kind {
        let one = Kind<ListenerTLSConfiguration>.mapping
        let orOff = Kind<ListenerTLSConfiguration?>.orOff(one)
        let words = "a mapping or a list of them, or off"
        let several = Kind.list(words, of: one)
        return Kind(
            words,
            read: { node, reading in
                guard case .list(let nodes) = node.value else {
                    return orOff.read(node, &reading).map { $0.map { [$0] } ?? [] }
                }
                guard !nodes.isEmpty else {
                    reading.expected("at least one certificate", at: node)
                    return nil
                }
                return several.read(node, &reading)
            },
            text: { _ in "off" },
            nested: one.nested
        )
    }
}
