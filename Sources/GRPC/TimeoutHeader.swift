public import Bytes

/// Reads and writes the headers that say how long a call may take.
///
/// `Grpc-Timeout` is `1*8DIGIT ("H" / "M" / "S" / "m" / "u" / "n")` (`PROTOCOL-HTTP2.md`,
/// "Timeout"); `X-Server-Timeout` is decimal seconds; `Connect-Timeout-Ms` is `1*10DIGIT`
/// milliseconds (the Connect protocol). All times are nanoseconds; nil means malformed.
public enum TimeoutHeader {
    static let hour: Int64 = 3_600_000_000_000
    static let minute: Int64 = 60_000_000_000
    static let second: Int64 = 1_000_000_000
    static let millisecond: Int64 = 1_000_000
    static let microsecond: Int64 = 1000

    /// Reads the value of `Grpc-Timeout`.
    public static func parse(grpcTimeout text: UnsafeRawBufferPointer) -> Int64? {
        guard (2...9).contains(text.count), let last = text.last else { return nil }
        let unit: Int64
        switch last {
        case UInt8(ascii: "H"): unit = Self.hour
        case UInt8(ascii: "M"): unit = Self.minute
        case UInt8(ascii: "S"): unit = Self.second
        case UInt8(ascii: "m"): unit = Self.millisecond
        case UInt8(ascii: "u"): unit = Self.microsecond
        case UInt8(ascii: "n"): unit = 1
        default: return nil
        }
        guard let count = Self.digits(UnsafeRawBufferPointer(rebasing: text.dropLast())) else {
            return nil
        }
        return Self.product(count, unit)
    }

    /// Reads the value of `X-Server-Timeout`: seconds such as `5`, `0.25` or `.5`.
    ///
    /// Digits beyond nanoseconds are dropped; more than ten whole digits are malformed.
    public static func parse(serverTimeout text: UnsafeRawBufferPointer) -> Int64? {
        let point = text.firstIndex(of: UInt8(ascii: ".")) ?? text.count
        let whole = UnsafeRawBufferPointer(rebasing: text[..<point])
        let fraction =
            point < text.count
            ? UnsafeRawBufferPointer(rebasing: text[(point + 1)...])
            : UnsafeRawBufferPointer(start: nil, count: 0)
        guard whole.count <= 10, fraction.count <= 100 else { return nil }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        // "5." is not a number that anyone writes on purpose.
        guard point == text.count || !fraction.isEmpty else { return nil }
        var seconds: Int64 = 0
        if !whole.isEmpty {
            guard let value = Self.digits(whole) else { return nil }
            seconds = value
        }
        var nanoseconds: Int64 = 0
        var weight = Self.second / 10
        for byte in fraction {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            nanoseconds &+= Int64(digit) &* weight
            weight /= 10
        }
        let product = Self.product(seconds, Self.second)
        let (sum, overflow) = product.addingReportingOverflow(nanoseconds)
        return overflow ? .max : sum
    }

    /// Reads the value of `Connect-Timeout-Ms`.
    public static func parse(connectTimeoutMs text: UnsafeRawBufferPointer) -> Int64? {
        guard (1...10).contains(text.count), let count = Self.digits(text) else { return nil }
        return Self.product(count, Self.millisecond)
    }

    /// Appends a value of `grpc-timeout`: the finest unit that fits eight digits, rounded down.
    ///
    /// Rounding down keeps the backend's deadline from ending after the gateway's own. Nothing is
    /// appended when no time is left (zero or less): such a call is not to be sent.
    ///
    /// - Returns: whether a value was appended.
    @discardableResult
    public static func append(nanoseconds: Int64, to output: inout OutputBuffer) -> Bool {
        guard nanoseconds > 0 else { return false }
        let most: Int64 = 99_999_999
        if nanoseconds <= most {
            output.append(decimal: nanoseconds)
            output.append(UInt8(ascii: "n"))
        } else if nanoseconds / Self.microsecond <= most {
            output.append(decimal: nanoseconds / Self.microsecond)
            output.append(UInt8(ascii: "u"))
        } else if nanoseconds / Self.millisecond <= most {
            output.append(decimal: nanoseconds / Self.millisecond)
            output.append(UInt8(ascii: "m"))
        } else if nanoseconds / Self.second <= most {
            output.append(decimal: nanoseconds / Self.second)
            output.append(UInt8(ascii: "S"))
        } else if nanoseconds / Self.minute <= most {
            output.append(decimal: nanoseconds / Self.minute)
            output.append(UInt8(ascii: "M"))
        } else {
            // The clock's whole range is 2,562,047 hours: seven digits.
            output.append(decimal: nanoseconds / Self.hour)
            output.append(UInt8(ascii: "H"))
        }
        return true
    }

    /// Up to eighteen decimal digits as a number; nil for anything else.
    private static func digits(_ text: UnsafeRawBufferPointer) -> Int64? {
        guard (1...18).contains(text.count) else { return nil }
        var value: Int64 = 0
        for byte in text {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value = value &* 10 &+ Int64(digit)
        }
        return value
    }

    /// A product that stops at the end of the clock: 99,999,999 hours do not fit nanoseconds.
    private static func product(_ count: Int64, _ unit: Int64) -> Int64 {
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? .max : product
    }
}
