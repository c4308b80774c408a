internal import Glibc

/// Reads numbers in decimal, without loss.
///
/// All but `isNumber` and `isPlainInteger` take a text that is a number by RFC 8259, section 6.
enum DecimalText {
    /// Whether a text is a JSON number, and nothing else.
    static func isNumber(_ text: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        func skipDigits() -> Bool {
            let start = index
            while index < text.count, text[index] &- UInt8(ascii: "0") < 10 { index &+= 1 }
            return index != start
        }
        if index < text.count, text[index] == UInt8(ascii: "-") { index &+= 1 }
        guard index < text.count else { return false }
        if text[index] == UInt8(ascii: "0") {
            index &+= 1
        } else {
            guard skipDigits() else { return false }
        }
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index &+= 1
            guard skipDigits() else { return false }
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index &+= 1
            if index < text.count,
                text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-")
            {
                index &+= 1
            }
            guard skipDigits() else { return false }
        }
        return index == text.count
    }

    /// Whether a text is an integer in digits: no fraction, no exponent, no plus.
    ///
    /// - Parameters:
    ///   - text: the text.
    ///   - allowsZeros: whether digits may follow a zero in front, as in keys of JSON maps.
    /// - Returns: whether all of the text is one.
    static func isPlainInteger(_ text: UnsafeRawBufferPointer, allowsZeros: Bool) -> Bool {
        let start = text.first == UInt8(ascii: "-") ? 1 : 0
        guard start < text.count else { return false }
        if !allowsZeros, text[start] == UInt8(ascii: "0"), text.count > start &+ 1 { return false }
        for index in start..<text.count where text[index] &- UInt8(ascii: "0") >= 10 {
            return false
        }
        return true
    }

    /// The integer that a number is.
    enum Integer {
        case value(isNegative: Bool, magnitude: UInt64)
        case fraction
        case tooLarge
    }

    /// The exact integer, whatever the spelling: `100`, `1e2`, `100.0`, `1000e-1`.
    static func integer(_ text: UnsafeRawBufferPointer) -> Integer {
        var index = 0
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative { index = 1 }
        var magnitude: UInt64 = 0
        var isTooLarge = false
        /// Zeros that no other digit has followed yet.
        var zeros = 0
        var fractionDigits = 0
        var isFraction = false
        while index < text.count {
            let byte = text[index]
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10 {
                if isFraction { fractionDigits &+= 1 }
                if digit == 0 {
                    zeros &+= 1
                } else {
                    if magnitude == 0 { zeros = 0 }
                    let shifted = self.shift(magnitude, by: zeros &+ 1)
                    let (sum, overflow) = (shifted ?? 0).addingReportingOverflow(UInt64(digit))
                    isTooLarge = isTooLarge || shifted == nil || overflow
                    // Any value but 0 will do once it is too large.
                    magnitude = isTooLarge ? 1 : sum
                    zeros = 0
                }
            } else if byte == UInt8(ascii: ".") {
                isFraction = true
            } else {
                break
            }
            index &+= 1
        }
        guard magnitude != 0 else { return .value(isNegative: isNegative, magnitude: 0) }
        let scale = self.exponent(text, index &+ 1) &- fractionDigits &+ zeros
        guard scale >= 0 else { return .fraction }
        guard !isTooLarge, let value = self.shift(magnitude, by: scale) else { return .tooLarge }
        return .value(isNegative: isNegative, magnitude: value)
    }

    /// The nearest double; infinite beyond its range.
    static func double(_ text: UnsafeRawBufferPointer) -> Double {
        // Both factors are exact up to 2^53 and 10^22, so that the one rounding is the right one
        // (Clinger). That is nearly every number there is; others take a hundred times as long.
        if let (isNegative, magnitude, scale) = self.short(text), magnitude <= 1 << 53,
            scale >= -22, scale <= 22
        {
            var power = 1.0
            for _ in 0..<abs(scale) { power *= 10 }
            let value = scale < 0 ? Double(magnitude) / power : Double(magnitude) * power
            return isNegative ? -value : value
        }
        return self.withTerminated(text) { strtod($0, nil) }
    }

    /// The nearest float; infinite beyond its range.
    ///
    /// Not by way of a double, which rounds twice.
    static func float(_ text: UnsafeRawBufferPointer) -> Float {
        if let (isNegative, magnitude, scale) = self.short(text), magnitude <= 1 << 24,
            scale >= -10, scale <= 10
        {
            var power: Float = 1
            for _ in 0..<abs(scale) { power *= 10 }
            let value = scale < 0 ? Float(magnitude) / power : Float(magnitude) * power
            return isNegative ? -value : value
        }
        return self.withTerminated(text) { strtof($0, nil) }
    }

    // MARK: - Parts

    /// A number of at most 19 digits as digits and a power of ten.
    private static func short(
        _ text: UnsafeRawBufferPointer
    ) -> (isNegative: Bool, magnitude: UInt64, scale: Int)? {
        var index = 0
        let isNegative = text.first == UInt8(ascii: "-")
        if isNegative { index = 1 }
        var magnitude: UInt64 = 0
        var fractionDigits = 0
        var isFraction = false
        let most = index &+ 19
        while index < text.count {
            let byte = text[index]
            let digit = byte &- UInt8(ascii: "0")
            if digit < 10 {
                guard index < most else { return nil }
                magnitude = magnitude &* 10 &+ UInt64(digit)
                if isFraction { fractionDigits &+= 1 }
            } else if byte == UInt8(ascii: ".") {
                isFraction = true
            } else {
                break
            }
            index &+= 1
        }
        return (isNegative, magnitude, self.exponent(text, index &+ 1) &- fractionDigits)
    }

    /// The exponent whose sign or first digit is at `start`; 0 without one.
    ///
    /// Far beyond what any number has use for it stops growing.
    private static func exponent(_ text: UnsafeRawBufferPointer, _ start: Int) -> Int {
        guard start < text.count else { return 0 }
        var index = start
        let isNegative = text[index] == UInt8(ascii: "-")
        if isNegative || text[index] == UInt8(ascii: "+") { index &+= 1 }
        var exponent = 0
        while index < text.count {
            if exponent < 1 << 40 {
                exponent = exponent &* 10 &+ Int(text[index] &- UInt8(ascii: "0"))
            }
            index &+= 1
        }
        return isNegative ? 0 &- exponent : exponent
    }

    /// `value` times a power of ten; nil beyond 64 bits.
    private static func shift(_ value: UInt64, by zeros: Int) -> UInt64? {
        guard value != 0 else { return 0 }
        guard zeros < 20 else { return nil }
        var value = value
        for _ in 0..<zeros {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            value = product
        }
        return value
    }

    private static func withTerminated<R>(
        _ text: UnsafeRawBufferPointer,
        _ body: (UnsafePointer<CChar>) -> R
    ) -> R {
        withUnsafeTemporaryAllocation(byteCount: text.count + 1, alignment: 1) { copy in
            copy.copyMemory(from: text)
            copy[text.count] = 0
            return copy.withMemoryRebound(to: CChar.self) { characters in
                guard let start = characters.baseAddress else {
                    preconditionFailure("an allocation of at least one byte has an address")
                }
                return body(start)
            }
        }
    }
}
