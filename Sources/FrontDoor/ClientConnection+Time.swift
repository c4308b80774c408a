internal import Glibc
internal import HTTPMessages
internal import NIOCore

/// What ends a connection from outside: time, and the end of the gateway.
extension ClientConnection {
    /// Another second has passed: ends what takes too long.
    func sweep() {
        // TLS has a clock of its own.
        guard !self.isHandshaking else { return }
        self.age.sweep()
        if self.outflow.mayBeWaiting {
            let waiting = self.waitingBytes
            // A client that takes little frees the kernel's buffer long before the channel is told:
            // a socket counts as writable only when a third of its buffer is free.
            let unsent = waiting > 0 ? waiting + self.unacknowledgedBytes : 0
            self.outflow.sweep(waiting: unsent)
            if waiting > 0 {
                if Self.isPast(self.limits.writeSeconds, self.outflow.stalledSeconds) {
                    self.table.counters.writeStalls += 1
                    // An exchange under way learns of it as of a client that has gone.
                    self.context?.close(promise: nil)
                } else if !self.isReceivingBody {
                    // Other clocks stand still while the client has yet to take an answer.
                    self.age.restart()
                }
                return
            }
        }
        switch self.phase {
        case .awaitingHead: self.sweepHead()
        case .receivingBody: self.sweepBody()
        case .lingering:
            // `seconds` is rounded down, and this limit is a most.
            if self.age.seconds + 1 >= self.limits.lingerSeconds { self.abort() }
        case .awaitingAnswer, .tunnel, .closed:
            // An answer's time is its exchange's affair, and so is a tunnel's silence.
            break
        }
    }

    private func sweepHead() {
        let seconds = self.age.seconds
        if self.isInsideHead {
            guard Self.isPast(self.limits.headSeconds, seconds) else { return }
            let reason: StaticString = "the request head did not arrive in time"
            self.refuseRequest(Refusal(status: 408, reason: reason))
            return
        }
        // Nobody waits for an answer here, and one might be taken for that of a request which is
        // just on its way: closed in silence.
        let isFresh = self.requestCount == 0 && self.limits.headSeconds > 0
        let limit = isFresh ? self.limits.headSeconds : self.limits.keepAliveSeconds
        guard Self.isPast(limit, seconds) else { return }
        if isFresh {
            self.table.counters.silentConnections += 1
        } else {
            self.table.counters.keepAliveExpiries += 1
        }
        self.abort()
    }

    private func sweepBody() {
        guard !self.bodyIsStream else { return }
        let seconds = self.age.seconds - self.limits.bodyGraceSeconds
        guard self.limits.bodyBytesPerSecond > 0, seconds > 0,
            self.bodyBytes / seconds < self.limits.bodyBytesPerSecond
        else { return }
        self.refuseBody(Refusal(status: 408, reason: "the request body comes too slowly"))
    }

    private static func isPast(_ limit: Int, _ seconds: Int) -> Bool {
        limit > 0 && seconds >= limit
    }

    private var isReceivingBody: Bool {
        if case .receivingBody = self.phase { true } else { false }
    }

    /// The bytes written that the client's socket has not taken yet.
    var waitingBytes: Int {
        guard let options = self.context?.channel.syncOptions,
            let waiting = try? options.getOption(.bufferedWritableBytes)
        else { return 0 }
        return waiting
    }

    /// The bytes that the socket has taken and the client's has not acknowledged (tcp(7),
    /// unix(7): SIOCOUTQ); 0 for a channel without a socket.
    private var unacknowledgedBytes: Int {
        guard let pipeline = self.context?.pipeline.syncOperations else { return 0 }
        var count: CInt = 0
        let result = try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            ioctl($0, UInt(TIOCOUTQ), &count)
        }
        return result == 0 ? Int(max(0, count)) : 0
    }

    /// Lets the current request finish and takes no further one, or one if its client is likely to
    /// have sent it already.
    ///
    /// A client that is about to ask, on a connection that it has just opened or used, would lose
    /// its request with the connection. Its answer tells it to open another.
    func drain() {
        guard !self.isDraining else { return }
        self.isDraining = true
        self.exchange?.drainBegan()
        if self.age.seconds > 0 { self.endIdle() }
    }

    /// Ends the connection if it is between requests.
    func endIdle() {
        guard case .awaitingHead = self.phase, self.pending.readableBytes == 0 else { return }
        if self.waitingBytes > 0 {
            // The last answer is still on its way.
            self.linger()
        } else {
            self.abort()
        }
    }

    /// Ends the connection now: a request under way is answered 503, and what the socket does not
    /// take at once is lost.
    func stop() {
        self.isDraining = true
        self.refuseBody(Refusal(status: 503, reason: "the gateway is shutting down"))
        self.context?.close(promise: nil)
    }
}
