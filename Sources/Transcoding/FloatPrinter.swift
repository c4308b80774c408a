internal import Bytes

/// Writes floating-point numbers as JSON: the fewest digits that read back as the same number.
///
/// What is no number is a string, as ProtoJSON has it: `"NaN"`, `"Infinity"`, `"-Infinity"`.
enum FloatPrinter {
    static func append(_ value: Double, to output: inout OutputBuffer) {
        let magnitude = value.magnitude
        guard self.beginFinite(magnitude.isFinite, isNaN: value.isNaN, value.sign, &output) else {
            return
        }
        // Below 2^53 an integral value is exactly its integer.
        if magnitude < 9_007_199_254_740_992, magnitude == magnitude.rounded(.towardZero) {
            output.append(decimal: UInt64(magnitude))
            return
        }
        if magnitude >= 0.001, magnitude < 1e14 {
            // Scaled to 15 digits: no two decimals of 15 digits are the same double, so if this one
            // reads back as the value, it is the shortest but for zeros at its end. The power is
            // at most 10^17, exact as a double, and so the division is what a reader computes.
            var power = 1.0
            var places = 0
            while magnitude * power < 1e14 {
                power *= 10
                places &+= 1
            }
            let digits = (magnitude * power).rounded()
            if digits < 1e15, digits / power == magnitude {
                self.append(UInt64(digits), places: places, to: &output)
                return
            }
            if self.appendLong(magnitude, places: places &+ 1, to: &output) { return }
        }
        output.append(utf8: magnitude.description)
    }

    /// Appends a number that needs 16 or 17 digits, in exact arithmetic; false if it is outside
    /// 0.001 to 2^53.
    ///
    /// `places` are the decimal places that make 16 digits. The number is m * 2^-shift; a decimal
    /// d * 10^-places reads back as it if d * 2^shift is less than half of 10^places away from
    /// m * 10^places: half of the distance to the next double. All of that is below 2^118. The
    /// standard library's `description` says the same, in a string of its own.
    private static func appendLong(
        _ magnitude: Double,
        places: Int,
        to output: inout OutputBuffer
    ) -> Bool {
        let shift = 52 - Int(magnitude.exponent)
        guard 1...62 ~= shift, places <= 18 else { return false }
        let significand = magnitude.significandBitPattern | (1 << 52)
        var power: UInt64 = 1
        for _ in 0..<places { power *= 10 }
        for places in places...places + 1 {
            let exact = UInt128(significand) * UInt128(power)
            let digits = (exact + (1 << (shift - 1))) >> shift
            let near = digits << shift
            let distance = near > exact ? near - exact : exact - near
            // The doubles below a power of two lie twice as close.
            let isNarrow = significand == 1 << 52 && near < exact
            if (isNarrow ? distance * 4 : distance * 2) < UInt128(power) {
                self.append(UInt64(truncatingIfNeeded: digits), places: places, to: &output)
                return true
            }
            guard places < 19 else { return false }
            power *= 10
        }
        return false
    }

    static func append(_ value: Float, to output: inout OutputBuffer) {
        let magnitude = value.magnitude
        guard self.beginFinite(magnitude.isFinite, isNaN: value.isNaN, value.sign, &output) else {
            return
        }
        if magnitude < 16_777_216, magnitude == magnitude.rounded(.towardZero) {
            output.append(decimal: UInt32(magnitude))
            return
        }
        if magnitude >= 0.001, magnitude < 1e5 {
            // As above with 6 digits; powers to 10^10 are exact as a float.
            var power: Float = 1
            var places = 0
            while magnitude * power < 1e5 {
                power *= 10
                places &+= 1
            }
            let digits = (magnitude * power).rounded()
            if digits < 1e6, digits / power == magnitude {
                self.append(UInt64(digits), places: places, to: &output)
                return
            }
        }
        output.append(utf8: magnitude.description)
    }

    /// Writes the sign, or all of what is not finite; whether digits are to follow.
    private static func beginFinite(
        _ isFinite: Bool,
        isNaN: Bool,
        _ sign: FloatingPointSign,
        _ output: inout OutputBuffer
    ) -> Bool {
        if isFinite {
            if sign == .minus { output.append(UInt8(ascii: "-")) }
            return true
        }
        output.append(isNaN ? "\"NaN\"" : sign == .minus ? "\"-Infinity\"" : "\"Infinity\"")
        return false
    }

    /// Writes `digits` / 10^`places`; `places` is 1 to 17 after the zeros at the end are gone.
    private static func append(_ digits: UInt64, places: Int, to output: inout OutputBuffer) {
        var digits = digits
        var places = places
        while places > 0, digits % 10 == 0 {
            digits /= 10
            places &-= 1
        }
        var power: UInt64 = 1
        for _ in 0..<places { power &*= 10 }
        let (whole, fraction) = digits.quotientAndRemainder(dividingBy: power)
        output.append(decimal: whole)
        guard places > 0 else { return }
        output.append(UInt8(ascii: "."))
        power /= 10
        while power > 1, fraction < power {
            output.append(UInt8(ascii: "0"))
            power /= 10
        }
        output.append(decimal: fraction)
    }
}
