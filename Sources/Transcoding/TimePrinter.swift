internal import Bytes

/// Writes timestamps and durations as ProtoJSON strings.
///
/// Fractions have 0, 3, 6 or 9 digits, as few as hold the nanoseconds
/// (google/protobuf/timestamp.proto, duration.proto, "JSON Mapping").
enum TimePrinter {
    /// Appends `"1972-01-01T10:00:20.021Z"`; false, and nothing, outside the years 1 to 9999 or
    /// with nanoseconds outside 0 to 999,999,999.
    static func appendTimestamp(
        seconds: Int64,
        nanoseconds: Int32,
        to output: inout OutputBuffer
    ) -> Bool {
        guard 0...999_999_999 ~= nanoseconds, let time = CivilTime(unixSeconds: seconds) else {
            return false
        }
        output.append(maximum: 32) { space in
            guard let text = space.baseAddress else { return 0 }
            self.store(UInt8(ascii: "\""), text)
            self.storePair(Int(time.date.year) / 100, text + 1)
            self.storePair(Int(time.date.year) % 100, text + 3)
            self.store(UInt8(ascii: "-"), text + 5)
            self.storePair(Int(time.date.month), text + 6)
            self.store(UInt8(ascii: "-"), text + 8)
            self.storePair(Int(time.date.day), text + 9)
            self.store(UInt8(ascii: "T"), text + 11)
            self.storePair(Int(time.hour), text + 12)
            self.store(UInt8(ascii: ":"), text + 14)
            self.storePair(Int(time.minute), text + 15)
            self.store(UInt8(ascii: ":"), text + 17)
            self.storePair(Int(time.second), text + 18)
            let count = 20 &+ self.storeFraction(UInt32(nanoseconds), text + 20)
            self.store(UInt8(ascii: "Z"), text + count)
            self.store(UInt8(ascii: "\""), text + (count &+ 1))
            return count &+ 2
        }
        return true
    }

    /// Appends `"-1.500s"`; false, and nothing, beyond 315,576,000,000 seconds (10,000 years), with
    /// a second or more of nanoseconds, or where the two have different signs.
    static func appendDuration(
        seconds: Int64,
        nanoseconds: Int32,
        to output: inout OutputBuffer
    ) -> Bool {
        guard seconds.magnitude <= 315_576_000_000, nanoseconds.magnitude <= 999_999_999,
            seconds == 0 || nanoseconds == 0 || (seconds < 0) == (nanoseconds < 0)
        else { return false }
        output.append(UInt8(ascii: "\""))
        if seconds < 0 || nanoseconds < 0 { output.append(UInt8(ascii: "-")) }
        output.append(decimal: seconds.magnitude)
        output.append(maximum: 12) { space in
            guard let text = space.baseAddress else { return 0 }
            let count = self.storeFraction(nanoseconds.magnitude, text)
            self.store(UInt8(ascii: "s"), text + count)
            self.store(UInt8(ascii: "\""), text + (count &+ 1))
            return count &+ 2
        }
        return true
    }

    // MARK: - Digits

    private static func store(_ byte: UInt8, _ place: UnsafeMutableRawPointer) {
        place.storeBytes(of: byte, as: UInt8.self)
    }

    /// Two digits of a number below 100.
    private static func storePair(_ value: Int, _ place: UnsafeMutableRawPointer) {
        self.store(UInt8(truncatingIfNeeded: value / 10) &+ UInt8(ascii: "0"), place)
        self.store(UInt8(truncatingIfNeeded: value % 10) &+ UInt8(ascii: "0"), place + 1)
    }

    /// A dot and 3, 6 or 9 digits, or nothing at all; how many bytes that are.
    private static func storeFraction(
        _ nanoseconds: UInt32,
        _ place: UnsafeMutableRawPointer
    ) -> Int {
        guard nanoseconds > 0 else { return 0 }
        var rest = nanoseconds
        var digits = 9
        while digits > 3, rest % 1000 == 0 {
            rest /= 1000
            digits &-= 3
        }
        self.store(UInt8(ascii: "."), place)
        var index = digits
        while index > 0 {
            self.store(UInt8(truncatingIfNeeded: rest % 10) &+ UInt8(ascii: "0"), place + index)
            rest /= 10
            index &-= 1
        }
        return digits &+ 1
    }
}
