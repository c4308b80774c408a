/// One timer that can be armed on a ``TimerWheel``, made once and armed as often as needed.
///
/// Its owner subclasses it to know what to do. The wheel retains it while it is armed, so its
/// reference to its owner should not be a strong one.
open class TimerEntry {
    /// The place in the wheel that holds it, or -1.
    var node: Int32 = -1

    /// Makes an entry that is not armed.
    public init() {}

    /// Whether it is armed; an entry belongs to one wheel at a time.
    public var isArmed: Bool { self.node >= 0 }

    /// Called once when its time has come; it is no longer armed then and may be armed again.
    open func expired(now: Instant) {}
}
