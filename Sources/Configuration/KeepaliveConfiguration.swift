/// How connections to a backend are pinged (gRFC A8).
package struct KeepaliveConfiguration: KeyedValue, Hashable {
    /// Zero is not at all.
    package var interval = Duration.zero
    package var timeout = Duration.seconds(20)
    package var places = Places()

    package init() {}

    package static let tableName = "backends.NAME.keepalive"
    package static let keys: [Key<Self>] = [
        .key(
            "interval",
            \.interval,
            .duration(zero: "no pings", least: .seconds(10)),
            "the silence after which a connection with calls is pinged"
        ),
        .key(
            "timeout",
            \.timeout,
            .duration(),
            "the silence after a ping that ends a connection"
        ),
    ]
}

extension Kind where Value == KeepaliveConfiguration {
    /// How connections are pinged, or off, which is the interval 0.
    static var keepalive: Kind {
        let mapping = Kind<KeepaliveConfiguration?>.orOff(.mapping)
        return Kind(
            mapping.words,
            read: { node, reading in
                mapping.read(node, &reading).map { $0 ?? KeepaliveConfiguration() }
            },
            text: { $0.interval == .zero ? "off" : "" },
            nested: mapping.nested
        )
    }
}
