public import GRPC
internal import NIOCore

/// The clock that pools and their users share: NIO's monotonic one.
public enum LoopClock {
    /// The time now.
    public static var now: Instant {
        Instant(nanoseconds: Int64(clamping: NIODeadline.now().uptimeNanoseconds))
    }

    /// The same instant for NIO's timers.
    static func deadline(_ instant: Instant) -> NIODeadline {
        .uptimeNanoseconds(UInt64(clamping: instant.nanoseconds))
    }
}
