/// A policy of attempts, or the word that there is none.
package enum PolicyChoice<Policy: KeyedValue & Hashable>: Sendable, Hashable {
    case off
    case policy(Policy)

    /// The policy; nil when there is none.
    package var configuration: Policy? {
        switch self {
        case .off: nil
        case .policy(let configuration): configuration
        }
    }
}

extension Kind {
    /// A policy or off.
    static func policy<Policy>() -> Kind where Value == PolicyChoice<Policy> {
        let mapping = Kind<Policy?>.orOff(.mapping)
        return Kind(
            mapping.words,
            read: { node, reading in
                mapping.read(node, &reading).map { $0.map { .policy($0) } ?? .off }
            },
            text: { mapping.text($0.configuration) },
            nested: mapping.nested
        )
    }
}
