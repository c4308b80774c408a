extension Kind {
    /// A mapping of names to mappings, as a list in the order of the file.
    ///
    /// - Parameter setName: puts the name into an element.
    /// - Returns: the kind.
    static func named<Element: KeyedValue>(
        _ setName: @escaping @Sendable (inout Element, String) -> Void
    ) -> Kind where Value == [Element] {
        let words = "a mapping of names to mappings"
        return Kind(
            words,
            read: { node, reading in
                guard case .mapping(let entries) = node.value else {
                    reading.expected(words, at: node)
                    return nil
                }
                var elements: [Element] = []
                for entry in entries {
                    reading.within(entry.key) { reading in
                        guard Self.isName(entry.key) else {
                            let key = ConfigNode(
                                value: .scalar(entry.key, isPlain: true),
                                line: entry.line,
                                column: entry.column
                            )
                            reading.expected("a name of letters, digits, '-', '_' and '.'", at: key)
                            return
                        }
                        guard var element = Element.read(entry.value, &reading) else { return }
                        setName(&element, entry.key)
                        element.places.own.line = entry.line
                        element.places.own.column = entry.column
                        elements.append(element)
                    }
                }
                return elements
            },
            text: { _ in "" },
            nested: { Element.table }
        )
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 128
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"),
                    UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

extension Kind where Value == [MethodConfiguration] {
    /// A mapping of `pkg.Service/Method` to options.
    static var namedMethods: Kind {
        let words = "a mapping of methods to options"
        let name = Kind<MethodName>.methodName
        return Kind(
            words,
            read: { node, reading in
                guard case .mapping(let entries) = node.value else {
                    reading.expected(words, at: node)
                    return nil
                }
                var methods: [MethodConfiguration] = []
                for entry in entries {
                    reading.within(entry.key) { reading in
                        let key = ConfigNode(
                            value: .scalar(entry.key, isPlain: true),
                            line: entry.line,
                            column: entry.column
                        )
                        let rpc = name.read(key, &reading)
                        guard var method = MethodConfiguration.read(entry.value, &reading),
                            let rpc
                        else { return }
                        method.rpc = rpc
                        method.places.own.line = entry.line
                        method.places.own.column = entry.column
                        method.settle()
                        methods.append(method)
                    }
                }
                return methods
            },
            text: { _ in "" },
            nested: { MethodConfiguration.table }
        )
    }
}
