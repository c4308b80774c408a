/// Durations as the configuration writes them: `250ms`, `5s`, `1m`, `1h`.
package enum DurationText {
    /// The longest duration: a year, which keeps all arithmetic on nanoseconds far from its end.
    static let longest = Duration.seconds(366 * 24 * 3600)

    private static let units: [(name: String, milliseconds: Int)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000),
    ]

    /// Whether `text` is the name of a unit.
    static func isUnit(_ text: String) -> Bool {
        self.units.contains { $0.name == text }
    }

    /// The duration that `text` says; nil when it has no unit, is no number or is too long.
    static func parse(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        guard let (number, unit) = NumberAndUnit.split(text),
            let factor = self.units.first(where: { $0.name == unit })?.milliseconds
        else { return nil }
        let (milliseconds, isOver) = number.multipliedReportingOverflow(by: factor)
        guard !isOver, milliseconds <= self.longest.components.seconds * 1000 else { return nil }
        return .milliseconds(milliseconds)
    }

    /// The shortest text that `parse` reads as `duration`; fractions of a millisecond are cut.
    package static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        guard milliseconds != 0 else { return "0" }
        let unit = self.units.last { milliseconds % $0.milliseconds == 0 } ?? ("ms", 1)
        // 60s stays 60s: only whole hours and what is longer than 90 s gain by another unit.
        if unit.name == "m", milliseconds <= 90_000 { return "\(milliseconds / 1000)s" }
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
}

/// Sizes in bytes: `100B`, `64KiB`, `4MiB`, `1GiB`.
enum SizeText {
    private static let units: [(name: String, bytes: Int)] = [
        ("B", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30),
    ]

    /// The bytes that `text` says; nil when it has no unit, is no number or is too large.
    static func parse(_ text: String) -> Int? {
        if text == "0" { return 0 }
        guard let (number, unit) = NumberAndUnit.split(text),
            let factor = self.units.first(where: { $0.name == unit })?.bytes
        else { return nil }
        let (bytes, isOver) = number.multipliedReportingOverflow(by: factor)
        return isOver ? nil : bytes
    }

    /// The shortest text that `parse` reads as `bytes`.
    static func format(_ bytes: Int) -> String {
        guard bytes != 0 else { return "0" }
        let unit = self.units.last { bytes % $0.bytes == 0 } ?? ("B", 1)
        return "\(bytes / unit.bytes)\(unit.name)"
    }
}

/// A whole number with letters behind it.
enum NumberAndUnit {
    /// The two parts of `text`; nil without digits, with a sign or fraction, or out of range.
    static func split(_ text: String) -> (number: Int, unit: String)? {
        let digits = text.utf8.prefix { (0x30...0x39).contains($0) }
        guard let number = Int(Substring(digits)) else { return nil }
        return (number, String(text.utf8.dropFirst(digits.count)) ?? "")
    }
}
