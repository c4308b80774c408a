internal import GRPC

/// One call as the pool keeps it.
struct CallEntry {
    enum State {
        case free
        /// It waits for a connection.
        case pending
        /// It waits for the time of its retry.
        case delayed
        /// It is on the connection of this slot.
        case running(Int)
        /// It was cancelled; its stream on the connection of this slot is not closed yet.
        case cancelled(Int)
        /// An order to end it is on its way to the shell.
        case refused
    }

    var state = State.free
    var generation: UInt32 = 0
    var deadline: Instant?
    /// When it has waited too long, or when it is to be retried; meaningful while it waits.
    var expires = Instant(nanoseconds: 0)
    /// Transparent retries after the peer refused it.
    var refusals: UInt8 = 0
    /// Transparent retries after connections that broke before it left.
    var unsent: UInt8 = 0
    /// Where it has been tried.
    var avoided = AvoidedEndpoints()
    /// Neighbours in the queue, -1 at its ends.
    var next = -1
    var previous = -1
}

/// The calls of a pool, and the queue of those that wait, linked through their entries.
///
/// Slots are reused and the queue allocates nothing: a call costs no memory once the table has
/// grown to the most calls there ever were at a time.
struct CallTable {
    private var entries: [CallEntry] = []
    private var freeSlots: [Int] = []
    private(set) var first = -1
    private var last = -1
    /// The list of calls that wait for the time of their retry, in no order.
    private(set) var firstDelayed = -1
    private(set) var delayedCount = 0

    /// Calls in the queue.
    private(set) var pendingCount = 0

    /// Slots in use.
    var count: Int { self.entries.count - self.freeSlots.count }

    subscript(_ slot: Int) -> CallEntry {
        get { self.entries[slot] }
        _modify { yield &self.entries[slot] }
    }

    /// Takes a slot for a call that is refused unless its state is set.
    mutating func insert(deadline: Instant?) -> CallID {
        if let slot = self.freeSlots.popLast() {
            self.entries[slot].state = .refused
            self.entries[slot].deadline = deadline
            self.entries[slot].refusals = 0
            self.entries[slot].unsent = 0
            self.entries[slot].avoided = AvoidedEndpoints()
            return CallID(slot: slot, generation: self.entries[slot].generation)
        }
        var entry = CallEntry()
        entry.state = .refused
        entry.deadline = deadline
        self.entries.append(entry)
        return CallID(slot: self.entries.count - 1, generation: 0)
    }

    /// Whether the call is still in the table.
    func contains(_ call: CallID) -> Bool {
        call.slot < self.entries.count && self.entries[call.slot].generation == call.generation
    }

    func identifier(_ slot: Int) -> CallID {
        CallID(slot: slot, generation: self.entries[slot].generation)
    }

    /// Gives a slot back.
    mutating func remove(_ slot: Int) {
        self.entries[slot].state = .free
        self.entries[slot].generation &+= 1
        self.freeSlots.append(slot)
    }

    // MARK: - Queue

    mutating func enqueueLast(_ slot: Int, expires: Instant) {
        self.entries[slot].state = .pending
        self.entries[slot].expires = expires
        self.entries[slot].next = -1
        self.entries[slot].previous = self.last
        if self.last >= 0 { self.entries[self.last].next = slot } else { self.first = slot }
        self.last = slot
        self.pendingCount += 1
    }

    mutating func enqueueFirst(_ slot: Int, expires: Instant) {
        self.entries[slot].state = .pending
        self.entries[slot].expires = expires
        self.entries[slot].next = self.first
        self.entries[slot].previous = -1
        if self.first >= 0 { self.entries[self.first].previous = slot } else { self.last = slot }
        self.first = slot
        self.pendingCount += 1
    }

    /// Takes a call out of the queue; its state is for the caller to set.
    mutating func dequeue(_ slot: Int) {
        let next = self.entries[slot].next
        let previous = self.entries[slot].previous
        if previous >= 0 { self.entries[previous].next = next } else { self.first = next }
        if next >= 0 { self.entries[next].previous = previous } else { self.last = previous }
        self.pendingCount -= 1
    }

    // MARK: - Delay

    mutating func delay(_ slot: Int, until: Instant) {
        self.entries[slot].state = .delayed
        self.entries[slot].expires = until
        self.entries[slot].next = self.firstDelayed
        self.entries[slot].previous = -1
        if self.firstDelayed >= 0 { self.entries[self.firstDelayed].previous = slot }
        self.firstDelayed = slot
        self.delayedCount += 1
    }

    /// Takes a call out of the list; its state is for the caller to set.
    mutating func endDelay(_ slot: Int) {
        let next = self.entries[slot].next
        let previous = self.entries[slot].previous
        if previous >= 0 { self.entries[previous].next = next } else { self.firstDelayed = next }
        if next >= 0 { self.entries[next].previous = previous }
        self.delayedCount -= 1
    }
}
