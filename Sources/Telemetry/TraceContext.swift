public import Bytes

/// The value of a `traceparent` field (W3C Trace Context, section 3.2).
///
///     traceparent = version "-" trace-id "-" parent-id "-" trace-flags
///
/// with 2, 32, 16 and 2 lower-case hexadecimal digits. A later version may go on after another `-`;
/// what is known of it is read, and version 00 is written. Version ff and ids of zeros are invalid.
public struct TraceContext: Hashable, Sendable, BitwiseCopyable {
    /// The upper and lower half of the trace's id.
    public var traceHigh: UInt64
    public var traceLow: UInt64
    /// The id of the span that sent the request.
    public var parent: UInt64
    public var flags: UInt8

    /// The length of a value of version 00.
    public static let length = 55

    public init(traceHigh: UInt64, traceLow: UInt64, parent: UInt64, flags: UInt8) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.parent = parent
        self.flags = flags
    }

    /// Reads a field's value; nil, which means that it is to be ignored, if it is not valid.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.length, let version = Self.number(bytes, at: 0, digits: 2),
            version != 0xFF,
            version == 0 ? bytes.count == Self.length : Self.goesOn(bytes),
            bytes[2] == UInt8(ascii: "-"), bytes[35] == UInt8(ascii: "-"),
            bytes[52] == UInt8(ascii: "-"),
            let high = Self.number(bytes, at: 3, digits: 16),
            let low = Self.number(bytes, at: 19, digits: 16), high | low != 0,
            let parent = Self.number(bytes, at: 36, digits: 16), parent != 0,
            let flags = Self.number(bytes, at: 53, digits: 2)
        else { return nil }
        self.traceHigh = high
        self.traceLow = low
        self.parent = parent
        self.flags = UInt8(truncatingIfNeeded: flags)
    }

    /// Whether the caller may have recorded the trace (bit 0 of the flags).
    public var isSampled: Bool { self.flags & 1 != 0 }

    /// Appends the 55 bytes of the value.
    public func append(to output: inout OutputBuffer) {
        output.append("00-")
        self.appendTraceID(to: &output)
        output.append(UInt8(ascii: "-"))
        Self.append(self.parent, digits: 16, to: &output)
        output.append(UInt8(ascii: "-"))
        Self.append(UInt64(self.flags), digits: 2, to: &output)
    }

    /// Appends the 32 digits of the trace's id.
    public func appendTraceID(to output: inout OutputBuffer) {
        Self.append(self.traceHigh, digits: 16, to: &output)
        Self.append(self.traceLow, digits: 16, to: &output)
    }

    private static func goesOn(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count == Self.length || bytes[Self.length] == UInt8(ascii: "-")
    }

    private static func number(
        _ bytes: UnsafeRawBufferPointer,
        at offset: Int,
        digits: Int
    ) -> UInt64? {
        var value: UInt64 = 0
        for index in offset..<offset &+ digits {
            let byte = bytes[index]
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                value = value << 4 | UInt64(byte &- UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"):
                value = value << 4 | UInt64(byte &- UInt8(ascii: "a") &+ 10)
            default:
                return nil
            }
        }
        return value
    }

    private static func append(_ value: UInt64, digits: Int, to output: inout OutputBuffer) {
        output.append(maximum: digits) { space in
            var rest = value
            var index = digits
            while index > 0 {
                index &-= 1
                let digit = UInt8(truncatingIfNeeded: rest & 15)
                space[index] = digit < 10 ? digit &+ UInt8(ascii: "0") : digit &+ 87
                rest >>= 4
            }
            return digits
        }
    }
}
