internal import Bytes

/// Reads the texts of `google.protobuf.Timestamp` and `google.protobuf.Duration`.
enum TimeText {
    /// A timestamp of RFC 3339 with capital `T` and `Z`, up to nine digits of fraction, year 1 to
    /// 9999 in UTC (timestamp.proto): no second 60, no hour 24, no day that does not exist.
    static func timestamp(
        _ text: UnsafeRawBufferPointer
    ) -> (seconds: Int64, nanoseconds: Int32)? {
        // 0123456789012345678
        // 2006-01-02T15:04:05
        guard text.count >= 20, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
            text[10] == UInt8(ascii: "T"), text[13] == UInt8(ascii: ":"),
            text[16] == UInt8(ascii: ":"),
            let year = self.digits(text, 0, 4), let month = self.digits(text, 5, 2),
            let day = self.digits(text, 8, 2), let hour = self.digits(text, 11, 2),
            let minute = self.digits(text, 14, 2), let second = self.digits(text, 17, 2),
            let date = CivilDate(year: year, month: month, day: day),
            let time = CivilTime(date: date, hour: hour, minute: minute, second: second)
        else { return nil }
        var index = 19
        guard let nanoseconds = self.fraction(text, &index), index < text.count else { return nil }
        var seconds = time.unixSeconds
        if text[index] == UInt8(ascii: "Z") {
            guard index &+ 1 == text.count else { return nil }
        } else {
            // +08:00; 24 hours are the most that anybody reads.
            let sign = text[index]
            guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-"),
                index &+ 6 == text.count, text[index &+ 3] == UInt8(ascii: ":"),
                let hours = self.digits(text, index &+ 1, 2), hours <= 24,
                let minutes = self.digits(text, index &+ 4, 2), minutes < 60
            else { return nil }
            let offset = Int64(hours) * 3600 + Int64(minutes) * 60
            seconds = sign == UInt8(ascii: "+") ? seconds - offset : seconds + offset
        }
        guard CivilTime.firstSecond...CivilTime.lastSecond ~= seconds else { return nil }
        return (seconds, nanoseconds)
    }

    /// Seconds with up to nine digits of fraction and an `s`, at most 10,000 years either way
    /// (duration.proto): `-1.5s`.
    static func duration(
        _ text: UnsafeRawBufferPointer
    ) -> (seconds: Int64, nanoseconds: Int32)? {
        let isNegative = text.first == UInt8(ascii: "-")
        var index = isNegative ? 1 : 0
        let start = index
        var seconds: Int64 = 0
        while index < text.count, text[index] &- UInt8(ascii: "0") < 10 {
            guard seconds <= 315_576_000_000 else { return nil }
            seconds = seconds * 10 + Int64(text[index] &- UInt8(ascii: "0"))
            index &+= 1
        }
        guard index > start, let nanoseconds = self.fraction(text, &index),
            index &+ 1 == text.count, text[index] == UInt8(ascii: "s"),
            seconds <= 315_576_000_000
        else { return nil }
        return isNegative ? (-seconds, -nanoseconds) : (seconds, nanoseconds)
    }

    /// `.` and one to nine digits, as nanoseconds; 0 where there is no `.`.
    private static func fraction(_ text: UnsafeRawBufferPointer, _ index: inout Int) -> Int32? {
        guard index < text.count, text[index] == UInt8(ascii: ".") else { return 0 }
        index &+= 1
        var nanoseconds: Int32 = 0
        var count = 0
        while index < text.count, text[index] &- UInt8(ascii: "0") < 10 {
            guard count < 9 else { return nil }
            nanoseconds = nanoseconds &* 10 &+ Int32(text[index] &- UInt8(ascii: "0"))
            count &+= 1
            index &+= 1
        }
        guard count > 0 else { return nil }
        for _ in count..<9 { nanoseconds = nanoseconds &* 10 }
        return nanoseconds
    }

    private static func digits(
        _ text: UnsafeRawBufferPointer,
        _ start: Int,
        _ count: Int
    ) -> Int? {
        var value = 0
        for index in start..<start &+ count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int(digit)
        }
        return value
    }
}
