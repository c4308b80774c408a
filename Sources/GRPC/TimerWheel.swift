/// All timers of one event loop: arming and disarming cost the same however many there are.
///
/// A hierarchical wheel of seven levels of 64 slots. A tick is 10 ms. An entry lies on the level of
/// the highest base-64 digit in which its tick differs from the current one, in the slot of that
/// digit; when the clock reaches that slot, its entries move down. Seven digits of 6 bits cover
/// every tick that 63 bits of nanoseconds can name, so no time is too long.
///
/// Nothing fires early: a time is rounded up to a tick, the clock down.
public final class TimerWheel {
    /// The length of a tick.
    public static let tickNanoseconds: Int64 = 10_000_000
    private static let levels = 7
    private static let none: Int32 = -1

    private struct Node {
        var next: Int32
        var previous: Int32
        var slot: Int32
        var tick: Int64
        var entry: TimerEntry?
    }

    private var nodes: [Node] = []
    private var freeNode: Int32 = TimerWheel.none
    private var heads: [Int32]
    /// A bit for each slot of a level that holds something.
    private var occupied: [UInt64]
    private var current: Int64

    /// The number of armed entries.
    public private(set) var count = 0

    /// Makes an empty wheel that starts at `now`.
    public init(now: Instant) {
        self.heads = Array(repeating: Self.none, count: Self.levels * 64)
        self.occupied = Array(repeating: 0, count: Self.levels)
        self.current = max(0, now.nanoseconds) / Self.tickNanoseconds
    }

    deinit {
        for node in self.nodes { node.entry?.node = Self.none }
    }

    /// Arms `entry` for `deadline`, or moves it there when it is armed already.
    ///
    /// A deadline that has passed fires at the next tick.
    public func arm(_ entry: TimerEntry, at deadline: Instant) {
        let nanoseconds = max(0, deadline.nanoseconds)
        var tick = nanoseconds / Self.tickNanoseconds
        if nanoseconds % Self.tickNanoseconds != 0 { tick += 1 }
        tick = max(tick, self.current + 1)
        if entry.isArmed {
            guard self.nodes[Int(entry.node)].tick != tick else { return }
            self.unlink(entry.node)
        } else {
            entry.node = self.takeNode(for: entry)
            self.count += 1
        }
        self.nodes[Int(entry.node)].tick = tick
        self.link(entry.node)
    }

    /// Disarms `entry`; nothing happens when it is not armed.
    public func disarm(_ entry: TimerEntry) {
        guard entry.isArmed else { return }
        self.unlink(entry.node)
        self.giveBack(entry)
    }

    /// The instant at which ``advance(to:)`` has something to do, at the latest the next expiry.
    ///
    /// It may be earlier than an expiry, when only entries of a higher level are there to move down.
    public var nextExpiry: Instant? {
        guard let tick = self.nextTick() else { return nil }
        let (nanoseconds, overflow) = tick.multipliedReportingOverflow(by: Self.tickNanoseconds)
        return Instant(nanoseconds: overflow ? .max : nanoseconds)
    }

    /// Moves the clock to `now` and tells each entry whose time has come, in order of ticks.
    ///
    /// Entries may be armed and disarmed from within.
    public func advance(to now: Instant) {
        self.advance(to: now) { $0.expired(now: now) }
    }

    /// Moves the clock to `now` and hands each entry whose time has come to `fire`.
    public func advance(to now: Instant, fire: (TimerEntry) -> Void) {
        let target = max(0, now.nanoseconds) / Self.tickNanoseconds
        while let tick = self.nextTick(), tick <= target {
            self.current = tick
            self.cascade()
            let slot = Int(tick & 63)
            while self.heads[slot] != Self.none {
                let node = self.heads[slot]
                self.unlink(node)
                guard let entry = self.nodes[Int(node)].entry else { continue }
                self.giveBack(entry)
                fire(entry)
            }
        }
        self.current = max(self.current, target)
    }

    // MARK: - Slots

    /// The tick of the first occupied slot: all of a level come before all of the next.
    private func nextTick() -> Int64? {
        for level in 0..<Self.levels {
            let shift = Int64(level * 6)
            let digit = (self.current >> shift) & 63
            let later = self.occupied[level] & ~((UInt64(2) << UInt64(digit)) &- 1)
            guard later != 0 else { continue }
            let prefix = (self.current >> (shift + 6)) << (shift + 6)
            return prefix | Int64(later.trailingZeroBitCount) << shift
        }
        return nil
    }

    /// Moves entries down whose slot the clock has just reached.
    private func cascade() {
        for level in stride(from: Self.levels - 1, to: 0, by: -1) {
            let digit = Int((self.current >> Int64(level * 6)) & 63)
            let slot = level * 64 + digit
            while self.heads[slot] != Self.none {
                let node = self.heads[slot]
                self.unlink(node)
                self.link(node)
            }
        }
    }

    private func link(_ node: Int32) {
        let tick = self.nodes[Int(node)].tick
        let difference = UInt64(bitPattern: tick ^ self.current) | 63
        let level = (63 - difference.leadingZeroBitCount) / 6
        let slot = level * 64 + Int((tick >> Int64(level * 6)) & 63)
        let head = self.heads[slot]
        self.nodes[Int(node)].slot = Int32(slot)
        self.nodes[Int(node)].previous = Self.none
        self.nodes[Int(node)].next = head
        if head != Self.none { self.nodes[Int(head)].previous = node }
        self.heads[slot] = node
        self.occupied[level] |= 1 << UInt64(slot & 63)
    }

    private func unlink(_ node: Int32) {
        let (next, previous) = (self.nodes[Int(node)].next, self.nodes[Int(node)].previous)
        let slot = Int(self.nodes[Int(node)].slot)
        if next != Self.none { self.nodes[Int(next)].previous = previous }
        if previous != Self.none {
            self.nodes[Int(previous)].next = next
        } else {
            self.heads[slot] = next
            if next == Self.none { self.occupied[slot / 64] &= ~(1 << UInt64(slot & 63)) }
        }
    }

    private func takeNode(for entry: TimerEntry) -> Int32 {
        guard self.freeNode != Self.none else {
            self.nodes.append(Node(next: -1, previous: -1, slot: 0, tick: 0, entry: entry))
            return Int32(self.nodes.count - 1)
        }
        let node = self.freeNode
        self.freeNode = self.nodes[Int(node)].next
        self.nodes[Int(node)].entry = entry
        return node
    }

    private func giveBack(_ entry: TimerEntry) {
        self.nodes[Int(entry.node)].entry = nil
        self.nodes[Int(entry.node)].next = self.freeNode
        self.freeNode = entry.node
        entry.node = Self.none
        self.count -= 1
    }
}
