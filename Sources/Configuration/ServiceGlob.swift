/// A pattern for full service names: `user.v1.UserService`, `user.v1.*`, `*`.
///
/// `*` stands for any run of characters, dots included.
package struct ServiceGlob: Sendable, Hashable {
    package let text: String
    private let parts: [[UInt8]]

    /// Reads a pattern; nil when it holds anything but letters, digits, `_`, `.` and `*`.
    package init?(_ text: String) {
        guard !text.isEmpty, text.utf8.count <= 512, text.utf8.allSatisfy(Self.isAllowed) else {
            return nil
        }
        self.text = text
        self.parts = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
            .map { Array($0) }
    }

    /// Whether `service`, such as `user.v1.UserService`, is one that the pattern stands for.
    package func matches(_ service: String) -> Bool {
        guard let first = self.parts.first, let last = self.parts.last else { return false }
        let name = Array(service.utf8)
        guard self.parts.count > 1 else { return name == first }
        guard name.count >= first.count + last.count, name.starts(with: first),
            name.suffix(last.count).elementsEqual(last)
        else { return false }
        // Each part between takes its first place: what is left of it is longest so.
        var rest = name[first.count..<(name.count - last.count)]
        for part in self.parts.dropFirst().dropLast() where !part.isEmpty {
            guard let found = Self.firstRange(of: part, in: rest) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }

    private static func firstRange(
        of part: [UInt8],
        in bytes: ArraySlice<UInt8>
    ) -> Range<Int>? {
        var start = bytes.startIndex
        while start + part.count <= bytes.endIndex {
            if bytes[start..<(start + part.count)].elementsEqual(part) {
                return start..<(start + part.count)
            }
            start += 1
        }
        return nil
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "*"):
            true
        default: false
        }
    }
}

/// Some of the services of a schema.
package enum ServiceSelection: Sendable, Hashable {
    case none
    /// All but `grpc.*`: reflection, health and channelz are never public unless named.
    case all
    case matching([Placed<ServiceGlob>])

    /// Whether the service is selected; `grpc.*` only by a glob that itself begins with `grpc.`.
    package func includes(_ service: String) -> Bool {
        let isInternal = service.hasPrefix("grpc.")
        switch self {
        case .none: return false
        case .all: return !isInternal
        case .matching(let globs):
            return globs.contains {
                $0.value.matches(service) && (!isInternal || $0.value.text.hasPrefix("grpc."))
            }
        }
    }
}

extension Kind where Value == ServiceGlob {
    static var glob: Kind {
        .scalar(
            "a service name or pattern such as user.v1.UserService or user.v1.*",
            parse: { ServiceGlob($0) },
            text: \.text
        )
    }
}

extension Kind where Value == ServiceSelection {
    /// One word for all services, maybe one for none, or a list of globs.
    ///
    /// - Parameters:
    ///   - all: the words that stand for all services.
    ///   - none: whether `false` is taken, for none of them.
    /// - Returns: the kind.
    static func services(all: String, none: Bool) -> Kind {
        let words = none ? "\(all), false or a list of services" : "\(all) or a list of services"
        let list = Kind<[Placed<ServiceGlob>]>.list(words, of: .placed(.glob))
        return Kind(
            words,
            read: { node, reading in
                if case .list = node.value {
                    return list.read(node, &reading).map { .matching($0) }
                }
                guard let scalar = reading.scalar(node, words: words) else { return nil }
                if scalar.isPlain, scalar.text == all { return .all }
                if scalar.isPlain, none, OffWord.isOff(scalar.text) { return ServiceSelection.none }
                reading.fail("expected \(words), found \(Quoted.text(scalar.text))", at: node)
                return nil
            },
            text: { selection in
                switch selection {
                case .none: "false"
                case .all: all
                case .matching(let globs): list.text(globs)
                }
            }
        )
    }
}
