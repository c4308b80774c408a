/// How long a call may take: the route's time, shortened by the client, never beyond the cap.
public enum Deadline {
    /// Works out the time of one call.
    ///
    /// What a client asks for can only shorten the route's time (the shortest of its headers is
    /// meant to come in as `client`), and `cap` bounds whatever results. A route without a time of
    /// its own, such as one of a stream, takes the client's.
    ///
    /// - Parameters:
    ///   - route: the route's or the default time, or nil.
    ///   - client: the shortest time of the client's headers, or nil.
    ///   - cap: the most any call may have, or nil.
    /// - Returns: nanoseconds, or nil when the call has no deadline.
    public static func budget(route: Int64?, client: Int64?, cap: Int64?) -> Int64? {
        Self.shorter(Self.shorter(route, client), (route ?? client) == nil ? nil : cap)
    }

    /// The shorter of two times, where nil is no limit.
    public static func shorter(_ first: Int64?, _ second: Int64?) -> Int64? {
        guard let first else { return second }
        guard let second else { return first }
        return min(first, second)
    }

    /// Nanoseconds left at `now`; nil when nothing is left, so that a backend need not be called.
    public static func remaining(until deadline: Instant, now: Instant) -> Int64? {
        let left = now.nanoseconds(until: deadline)
        return left > 0 ? left : nil
    }
}
