public import Bytes

/// The text of a moment in a Date field: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
///
/// A value to keep beside a clock and to make anew once a second.
public struct HTTPDate: Sendable {
    /// The moment, in seconds since 1970 without leap seconds.
    public let unixSeconds: Int64
    private var text = InlineArray<29, UInt8>(repeating: UInt8(ascii: "0"))

    /// Writes the text of a moment; one outside the years 1 to 9999 becomes the nearest inside.
    public init(unixSeconds: Int64) {
        let seconds = min(max(unixSeconds, CivilTime.firstSecond), CivilTime.lastSecond)
        self.unixSeconds = seconds
        guard let time = CivilTime(unixSeconds: seconds) else { return }
        let date = time.date
        self.put("SunMonTueWedThuFriSat", 3 * date.weekday, count: 3, at: 0)
        self.put(", ", 0, count: 2, at: 3)
        self.put(Int(date.day), digits: 2, at: 5)
        self.put(" ", 0, count: 1, at: 7)
        self.put("JanFebMarAprMayJunJulAugSepOctNovDec", 3 * (Int(date.month) - 1), count: 3, at: 8)
        self.put(" ", 0, count: 1, at: 11)
        self.put(Int(date.year), digits: 4, at: 12)
        self.put(" ", 0, count: 1, at: 16)
        self.put(Int(time.hour), digits: 2, at: 17)
        self.put(":", 0, count: 1, at: 19)
        self.put(Int(time.minute), digits: 2, at: 20)
        self.put(":", 0, count: 1, at: 22)
        self.put(Int(time.second), digits: 2, at: 23)
        self.put(" GMT", 0, count: 4, at: 25)
    }

    /// Appends the 29 bytes of the text.
    public func append(to output: inout OutputBuffer) {
        withUnsafeBytes(of: self.text) { output.append($0) }
    }

    private mutating func put(_ source: StaticString, _ from: Int, count: Int, at place: Int) {
        for offset in 0..<count {
            self.text[place + offset] = source.utf8Start[from + offset]
        }
    }

    private mutating func put(_ value: Int, digits: Int, at place: Int) {
        var rest = value
        for offset in stride(from: digits - 1, through: 0, by: -1) {
            self.text[place + offset] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }
}
