extension ClientConnection {
    /// Where a connection stands in the life of its current request.
    ///
    ///     awaitingHead -> receivingBody -> awaitingAnswer -> awaitingHead
    ///           \               \                \     \
    ///            \               \                \     +-> tunnel
    ///             \               \                \         \
    ///              +---------------+----------------+---------+-> lingering -> closed
    ///
    /// An answer may begin in both middle phases and be finished in any; before the body is
    /// complete its end ends the connection.
    enum Phase {
        /// Between requests, or in the middle of a head.
        case awaitingHead
        /// The head is with the receiver, the body is coming through `body`.
        case receivingBody
        /// The request is complete, or refused in its midst; its answer is not complete.
        case awaitingAnswer
        /// The connection speaks another protocol: bytes go through as they are.
        case tunnel
        /// The last answer is written and the write side shut behind it; what still comes is read
        /// and dropped.
        case lingering
        case closed
    }

    /// Counts how long a connection has been in one phase, in sweeps of one second.
    ///
    /// A connection only bumps `activity`; no clock is read and no timer armed on the data path.
    struct Age {
        private var activity: UInt32 = 1
        private var sweptActivity: UInt32 = 0
        /// Whole seconds that have passed for certain; up to one more may have.
        private(set) var seconds = 0

        /// Begins to count anew.
        mutating func restart() {
            self.activity &+= 1
        }

        /// Another second has passed.
        mutating func sweep() {
            if self.activity == self.sweptActivity {
                self.seconds += 1
            } else {
                self.sweptActivity = self.activity
                self.seconds = 0
            }
        }
    }

    /// What has been written and what the client's socket has taken of it, as far as sweeps saw.
    struct Outflow {
        /// Bytes handed to the channel since the connection began.
        private var written: UInt64 = 0
        /// How many of them had left it at the last sweep.
        private var sent: UInt64 = 0
        private var wasWaiting = false
        /// Whole seconds for which bytes have been waiting and not one of them has left.
        private(set) var stalledSeconds = 0

        /// Whether bytes were still waiting at the last sweep, or may have begun to since.
        var mayBeWaiting: Bool { self.written != self.sent }

        mutating func wrote(_ count: Int) {
            self.written &+= UInt64(count)
        }

        /// Another second has passed.
        ///
        /// - Parameter waiting: the bytes that the channel holds.
        mutating func sweep(waiting: Int) {
            let sent = self.written &- UInt64(max(0, waiting))
            let isStalled = waiting > 0 && self.wasWaiting && sent == self.sent
            self.stalledSeconds = isStalled ? self.stalledSeconds + 1 : 0
            self.wasWaiting = waiting > 0
            self.sent = sent
        }
    }
}
