/// A point on the monotonic clock: what a deadline is measured on.
///
/// It counts nanoseconds from an arbitrary start and is never wall time, so that setting the clock
/// of the machine expires nothing. The shell reads the clock and hands instants in.
public struct Instant: Comparable, Hashable, Sendable {
    /// Nanoseconds since the clock's arbitrary start.
    public var nanoseconds: Int64

    @inlinable
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The instant `nanoseconds` later; it stops at the ends of the clock instead of overflowing.
    @inlinable
    public func advanced(by nanoseconds: Int64) -> Instant {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        guard overflow else { return Instant(nanoseconds: sum) }
        return Instant(nanoseconds: nanoseconds < 0 ? .min : .max)
    }

    /// Nanoseconds from here to `other`, negative when it has passed; it stops at the ends.
    @inlinable
    public func nanoseconds(until other: Instant) -> Int64 {
        let (difference, overflow) = other.nanoseconds.subtractingReportingOverflow(
            self.nanoseconds
        )
        guard overflow else { return difference }
        return other.nanoseconds < self.nanoseconds ? .min : .max
    }

    @inlinable
    public static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}
