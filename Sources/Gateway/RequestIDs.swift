internal import Bytes
internal import Telemetry

/// Makes request ids: 32 hexadecimal digits, unique over processes by a random start.
///
/// An id is looked at by people and log searches only, so a fast generator (SplitMix64) seeded once
/// from the system serves; a call to the kernel for each request would cost more than routing it.
struct RequestIDs {
    private var state: UInt64
    private let stream: UInt64

    init(seed: UInt64, stream: UInt64) {
        self.state = seed
        self.stream = stream
    }

    /// Appends a new id.
    mutating func append(to output: inout OutputBuffer) {
        Self.append(hex: self.stream ^ self.next(), to: &output)
        Self.append(hex: self.next(), to: &output)
    }

    /// Begins a trace with ids of its own.
    mutating func startTrace(isSampled: Bool) -> TraceContext {
        TraceContext.started(
            traceHigh: self.stream ^ self.next(),
            traceLow: self.next(),
            parent: self.next(),
            isSampled: isSampled
        )
    }

    private mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    private static func append(hex value: UInt64, to output: inout OutputBuffer) {
        output.append(maximum: 16) { space in
            var value = value
            for index in (0..<16).reversed() {
                let digit = UInt8(truncatingIfNeeded: value & 15)
                space[index] = digit < 10 ? digit &+ 0x30 : digit &+ 0x57
                value >>= 4
            }
            return 16
        }
    }
}
