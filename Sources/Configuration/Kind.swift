/// What values a key takes: how they are read, and how a default of theirs is written.
struct Kind<Value: Sendable>: Sendable {
    /// The kind in the words of an error and of the reference: `a duration such as 5s`.
    let words: String
    /// Reads a value; nil after an error was noted.
    let read: @Sendable (ConfigNode, inout Reading) -> Value?
    /// A value as it would be written.
    let text: @Sendable (Value) -> String
    /// The table of the mapping that the kind reads, for the reference.
    let nested: (@Sendable () -> KeyTable)?

    init(
        _ words: String,
        read: @escaping @Sendable (ConfigNode, inout Reading) -> Value?,
        text: @escaping @Sendable (Value) -> String,
        nested: (@Sendable () -> KeyTable)? = nil
    ) {
        self.words = words
        self.read = read
        self.text = text
        self.nested = nested
    }

    /// A kind of one scalar, whose text is turned into a value or refused with a hint.
    static func scalar(
        _ words: String,
        needsPlain: Bool = false,
        hint: @escaping @Sendable (String) -> String? = { _ in nil },
        parse: @escaping @Sendable (String) -> Value?,
        text: @escaping @Sendable (Value) -> String
    ) -> Kind {
        Kind(
            words,
            read: { node, reading in
                guard let (raw, isPlain) = reading.scalar(node, words: words) else { return nil }
                guard isPlain || !needsPlain else {
                    let message = "expected \(words), found the text \(Quoted.text(raw))"
                    reading.fail(message, at: node, hint: "write it without quotes")
                    return nil
                }
                guard let value = parse(raw) else {
                    let message = "expected \(words), found \(Quoted.text(raw))"
                    reading.fail(message, at: node, hint: hint(raw))
                    return nil
                }
                return value
            },
            text: text
        )
    }
}

extension Kind where Value == Duration {
    /// A duration with a unit.
    ///
    /// - Parameters:
    ///   - zero: what `0` means, such as `no limit`; nil when it is refused.
    ///   - least: the shortest duration besides zero.
    /// - Returns: the kind.
    static func duration(zero: String? = nil, least: Duration = .milliseconds(1)) -> Kind {
        let longest = DurationText.format(DurationText.longest)
        var words = "a duration such as 250ms, 5s, 1m or 1h"
        if least > .milliseconds(1) { words += " of at least \(DurationText.format(least))" }
        if let zero { words += " (0: \(zero))" }
        return .scalar(
            words,
            hint: { text in
                if text == "0" { return "0 has no meaning here" }
                if text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), Int(text) != nil {
                    return "add a unit: \(text)s or \(text)ms"
                }
                if OffWord.isOff(text) { return zero == nil ? nil : "write 0" }
                // What is a duration already is too short.
                if DurationText.parse(text) != nil { return nil }
                guard let unit = NumberAndUnit.split(text)?.unit else { return nil }
                if unit == "d" { return "write days in hours: 24h" }
                if unit.hasPrefix(".") { return "write whole numbers: 1500ms" }
                return DurationText.isUnit(unit) ? "at most \(longest)" : nil
            },
            parse: { text in
                guard let duration = DurationText.parse(text) else { return nil }
                if duration == .zero { return zero == nil ? nil : duration }
                return duration >= least ? duration : nil
            },
            text: DurationText.format
        )
    }
}

extension Kind where Value == Int {
    /// A size in bytes, with a unit.
    static func size(_ range: ClosedRange<Int>) -> Kind {
        let bounds = "\(SizeText.format(range.lowerBound)) to \(SizeText.format(range.upperBound))"
        return .scalar(
            "a size such as 64KiB or 4MiB, from \(bounds)",
            hint: Self.sizeHint,
            parse: { text in SizeText.parse(text).flatMap { range.contains($0) ? $0 : nil } },
            text: SizeText.format
        )
    }

    /// A rate in bytes a second; 0 is off.
    static var rate: Kind {
        .scalar(
            "a rate such as 240B/s or 1KiB/s (0: off)",
            parse: { text in
                if text == "0" { return 0 }
                return text.hasSuffix("/s") ? SizeText.parse(String(text.dropLast(2))) : nil
            },
            text: { $0 == 0 ? "0" : "\(SizeText.format($0))/s" }
        )
    }

    /// A whole number.
    ///
    /// - Parameters:
    ///   - range: what is taken.
    ///   - zero: what `0` means besides; nil when it is a number like others or refused.
    /// - Returns: the kind.
    static func count(_ range: ClosedRange<Int>, zero: String? = nil) -> Kind {
        var words = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        if let zero { words += " (0: \(zero))" }
        return .scalar(
            words,
            needsPlain: true,
            parse: { text in
                guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                    let number = Int(text)
                else { return nil }
                return range.contains(number) || (zero != nil && number == 0) ? number : nil
            },
            text: { "\($0)" }
        )
    }

    private static func sizeHint(_ text: String) -> String? {
        // What is a size already is out of range.
        guard SizeText.parse(text) == nil, let (number, unit) = NumberAndUnit.split(text) else {
            return nil
        }
        switch unit.lowercased() {
        case "": return "add a unit: \(number)B or \(number)KiB"
        case "k", "kb", "kib": return "write \(number)KiB"
        case "m", "mb", "mib": return "write \(number)MiB"
        case "g", "gb", "gib": return "write \(number)GiB"
        default: return nil
        }
    }
}

extension Kind where Value == Bool {
    /// `true` or `false`, with YAML 1.1's other words; no quotes.
    static var boolean: Kind {
        .scalar(
            "true or false",
            needsPlain: true,
            parse: { text in
                switch text {
                case "true", "yes", "on", "True", "TRUE": true
                case "false", "no", "off", "False", "FALSE": false
                default: nil
                }
            },
            text: { "\($0)" }
        )
    }
}

extension Kind where Value == String {
    /// Any text that is not empty.
    static func text(_ words: String) -> Kind {
        .scalar(words, parse: { $0.isEmpty ? nil : $0 }, text: { $0 })
    }
}
