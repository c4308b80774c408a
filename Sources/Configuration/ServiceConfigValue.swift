internal import Bytes

/// The values of a gRPC service config, as ProtoJSON writes them.
enum ServiceConfigValue {
    /// What stands under a key that must be there.
    static func child(
        _ key: String,
        of node: ConfigNode,
        _ reading: inout Reading
    ) -> ConfigNode? {
        guard case .mapping(let entries) = node.value else {
            reading.expected("an object", at: node)
            return nil
        }
        guard let child = node.child(key), !child.isNothing else {
            let near = NearestName.of(key, among: entries.map(\.key).filter { $0 != key })
            reading.fail(
                "expected the key '\(key)', found none",
                at: node,
                hint: near.map { "is that \(Quoted.text($0))?" }
            )
            return nil
        }
        return child
    }

    /// A number, with or without quotes.
    static func number(
        in node: ConfigNode,
        _ key: String,
        _ reading: inout Reading
    ) -> Double? {
        guard let child = self.child(key, of: node, &reading) else { return nil }
        if case .scalar(let text, _) = child.value, let number = DecimalNumber.parse(text) {
            return number
        }
        reading.within(key) { $0.expected("a number", at: child) }
        return nil
    }

    /// A text; nil without one.
    static func text(_ node: ConfigNode?, _ reading: inout Reading) -> String? {
        guard let node, !node.isNothing else { return nil }
        if case .scalar(let text, _) = node.value { return text }
        reading.expected("a text", at: node)
        return nil
    }

    /// A duration of ProtoJSON: seconds, maybe with a fraction, and `s`.
    static func duration(
        _ node: ConfigNode,
        takesZero: Bool = false,
        _ reading: inout Reading
    ) -> Duration? {
        if case .scalar(let text, _) = node.value, text.hasSuffix("s"),
            let seconds = DecimalNumber.parse(String(text.dropLast())), seconds > 0 || takesZero,
            .seconds(seconds) <= DurationText.longest
        {
            return .seconds(seconds)
        }
        let range = takesZero ? "" : " above 0"
        reading.expected("a duration\(range) such as \"1.5s\"", at: node)
        return nil
    }

    /// A list of status codes, by name or number; not of OK.
    static func codes(
        _ node: ConfigNode,
        takesNone: Bool = false,
        _ reading: inout Reading
    ) -> [RetryCode] {
        guard case .list(let nodes) = node.value, takesNone || !nodes.isEmpty else {
            reading.expected("a list of gRPC codes", at: node)
            return []
        }
        var codes: [RetryCode] = []
        for (index, node) in nodes.enumerated() {
            reading.within(element: index) { reading in
                if case .scalar(let text, _) = node.value, let number = Int(text),
                    let code = RetryCode(number: number)
                {
                    codes.append(code)
                } else if let code = Kind<RetryCode>.choice().read(node, &reading) {
                    codes.append(code)
                }
            }
        }
        return codes
    }
}

extension ConfigNode {
    /// Whether it is `null`, which in ProtoJSON is not there.
    var isNothing: Bool {
        if case .nothing = self.value { true } else { false }
    }
}
