internal import Glibc

/// Wall time, for dates and the log; deadlines are measured on the monotonic clock.
enum WallClock {
    /// Seconds and nanoseconds since 1970; coarse (a few milliseconds), which is what a log needs.
    static var now: (seconds: Int64, nanoseconds: Int32) {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &time)
        return (Int64(time.tv_sec), Int32(time.tv_nsec))
    }
}
