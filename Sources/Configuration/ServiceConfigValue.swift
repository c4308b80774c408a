/// The values of a gRPC service config, as ProtoJSON writes them.
enum ServiceConfigValue {
    /// What stands under a key that must be there.
    static func child(
        _ key: String,
        of node: ConfigNode,
        _ reading: inout Reading
    ) -> ConfigNode? {
        guard case .mapping = node.value else {
            reading.expected("an object", at: node)
            return nil
        }
        guard let child = node.child(key), !child.isNothing else {
            reading.fail("expected the key '\(key)', found none", at: node)
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
    static func duration(_ node: ConfigNode, _ reading: inout Reading) -> Duration? {
        if case .scalar(let text, _) = node.value, text.hasSuffix("s"),
            let seconds = DecimalNumber.parse(String(text.dropLast())), seconds > 0,
            .seconds(seconds) <= DurationText.longest
        {
            return .seconds(seconds)
        }
        reading.expected("a duration above 0 such as \"1.5s\"", at: node)
        return nil
    }
}

extension ConfigNode {
    /// Whether it is `null`, which in ProtoJSON is not there.
    var isNothing: Bool {
        if case .nothing = self.value { true } else { false }
    }
}
