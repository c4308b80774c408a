internal import Bytes
internal import HTTPMessages
package import NIOCore

/// The client connections of one event loop and what they share.
///
/// One swept list instead of a timer a connection: a sweep over 10,000 connections once a second
/// costs less than arming and disarming one timer for each request would.
package final class ConnectionTable {
    /// Who takes the requests.
    package let receiver: any RequestReceiver
    /// Hold for all connections from when they are set.
    package var limits: ConnectionLimits
    private var connections: [ClientConnection] = []
    private var isDraining = false
    private var sweeping: RepeatedTask?
    /// Heads that no connection reads into: a connection holds one only while a head arrives, so
    /// that idle ones cost nothing and the one in use stays in the cache.
    private var freeHeads: [RequestHead] = []
    /// The buffer that answers are sent from: when a send has taken all of it at once, which is the
    /// rule, its memory is free again for the next.
    private var answers = ByteBufferAllocator().buffer(capacity: 4096)
    /// `100 Continue`, prepared.
    let continuation: ByteBuffer
    package internal(set) var counters = ConnectionCounters()
    /// Buffers that no stream gathers in; those on top were used last.
    private var freeGathers: [GatherBuffer] = []
    /// Who has something to do at the end of this turn of the loop: one task for all of them.
    private var putOff: [ClientConnection] = []
    private var turning: [ClientConnection] = []
    private var turnTask: (@Sendable () -> Void)?
    private var eventLoop: (any EventLoop)?

    private static let keptHeads = 64
    /// Answers up to this size share a buffer; a client that does not read keeps one of at most
    /// this capacity, and the copying of longer ones outweighs an allocation.
    private static let sharedAnswerBytes = 16384
    private static let keptGathers = 256
    /// The top ones keep the memory that a fast stream fills in a turn, the others little: 1 MiB
    /// at most each way.
    private static let largeGathers = 8

    package init(receiver: any RequestReceiver, limits: ConnectionLimits) {
        self.receiver = receiver
        self.limits = limits
        var continuation = OutputBuffer(capacity: 64)
        ResponseWriter.continuation(into: &continuation)
        self.continuation = continuation.withUnsafeBytes { ByteBuffer(bytes: $0) }
    }

    /// The number of open connections.
    package var count: Int { self.connections.count }

    /// Makes the handler for a connection just accepted.
    ///
    /// - Parameter traits: of the listener that has accepted it.
    /// - Returns: the handler; behind TLS it stands behind the TLS handler.
    package func makeConnection(_ traits: ListenerTraits = ListenerTraits()) -> ClientConnection {
        ClientConnection(table: self, traits: traits)
    }

    /// Begins to sweep; must be called on `eventLoop`, which the table then belongs to.
    package func start(on eventLoop: any EventLoop) {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        self.sweeping = eventLoop.scheduleRepeatedTask(
            initialDelay: .seconds(1),
            delay: .seconds(1)
        ) { _ in
            bound.value.sweep()
        }
    }

    /// Closes every connection after its answer and idle ones now, but for those that were used a
    /// moment ago, which have until `drainGraceMilliseconds` to begin a last request.
    package func drain() {
        self.isDraining = true
        for connection in self.connections { connection.drain() }
        guard let eventLoop = self.eventLoop, !self.connections.isEmpty else { return }
        let bound = NIOLoopBound(WeakTable(table: self), eventLoop: eventLoop)
        let grace = TimeAmount.milliseconds(Int64(self.limits.drainGraceMilliseconds))
        eventLoop.scheduleTask(in: grace) {
            for connection in bound.value.table?.connections ?? [] { connection.endIdle() }
        }
    }

    /// Ends what is still open and stops sweeping; requests under way are answered 503.
    package func close() {
        self.isDraining = true
        self.sweeping?.cancel()
        self.sweeping = nil
        for connection in self.connections { connection.stop() }
    }

    // MARK: - Lending

    func takeHead() -> RequestHead {
        self.freeHeads.popLast() ?? RequestHead()
    }

    func giveBack(_ head: RequestHead) {
        guard self.freeHeads.count < Self.keptHeads else { return }
        head.releaseMemory()
        self.freeHeads.append(head)
    }

    /// A copy of an answer that can be sent.
    func buffer(with answer: borrowing OutputBuffer) -> ByteBuffer {
        answer.withUnsafeBytes { bytes in
            guard bytes.count <= Self.sharedAnswerBytes else { return ByteBuffer(bytes: bytes) }
            self.answers.clear()
            self.answers.writeBytes(bytes)
            return self.answers
        }
    }

    func takeGather() -> GatherBuffer {
        self.freeGathers.popLast() ?? GatherBuffer()
    }

    func giveBack(_ gather: GatherBuffer) {
        guard self.freeGathers.count < Self.keptGathers else { return }
        gather.reset(keeping: self.freeGathers.count < Self.largeGathers ? 131_072 : 4096)
        self.freeGathers.append(gather)
    }

    /// A copy of what a stream has gathered that can be sent, framed.
    func buffer(with gather: GatherBuffer, framing: AnswerFraming) -> ByteBuffer {
        guard case .chunked = framing else { return self.buffer(with: gather.output) }
        let size = gather.output.count + ChunkWriter.longestFrame
        guard size <= Self.sharedAnswerBytes else {
            var buffer = ByteBufferAllocator().buffer(capacity: size)
            gather.write(to: &buffer)
            return buffer
        }
        self.answers.clear()
        gather.write(to: &self.answers)
        return self.answers
    }

    // MARK: - Turns

    /// Lets the connection's `turnEnded` be called at the end of this turn of the loop.
    func putOff(_ connection: ClientConnection) {
        connection.isPutOff = true
        self.putOff.append(connection)
        guard self.putOff.count == 1, let task = self.turnTask else { return }
        self.eventLoop?.execute(task)
    }

    /// Does what connections have put off.
    private func turnEnded() {
        // What is put off meanwhile waits for the next time: no turn lasts for ever.
        swap(&self.putOff, &self.turning)
        for index in self.turning.indices { self.turning[index].turnEnded() }
        self.turning.removeAll(keepingCapacity: true)
    }

    /// Prepares the task that ends a turn.
    private func join(_ eventLoop: any EventLoop) {
        guard self.eventLoop == nil else { return }
        self.eventLoop = eventLoop
        let bound = NIOLoopBound(WeakTable(table: self), eventLoop: eventLoop)
        self.turnTask = { bound.value.table?.turnEnded() }
    }

    // MARK: - Connections

    /// Adds a connection; false when there are too many.
    func add(_ connection: ClientConnection, on eventLoop: any EventLoop) -> Bool {
        self.join(eventLoop)
        guard self.connections.count < self.limits.connections, !self.isDraining else {
            return false
        }
        connection.tableIndex = self.connections.count
        self.connections.append(connection)
        self.receiver.connectionsChanged(to: self.connections.count)
        return true
    }

    /// Whether a connection was added and is open.
    func holds(_ connection: ClientConnection) -> Bool {
        let index = connection.tableIndex
        return index < self.connections.count && self.connections[index] === connection
    }

    /// Forgets a connection; nothing happens to one that was never added.
    func remove(_ connection: ClientConnection) {
        guard self.holds(connection) else { return }
        let index = connection.tableIndex
        let last = self.connections.removeLast()
        if last !== connection {
            last.tableIndex = index
            self.connections[index] = last
        }
        self.receiver.connectionsChanged(to: self.connections.count)
    }

    /// Another second has passed for every connection.
    func sweep() {
        // Backwards: the place of a connection that ends in its sweep is taken by the last one,
        // which has been swept.
        for index in self.connections.indices.reversed() where index < self.connections.count {
            self.connections[index].sweep()
        }
    }
}

/// A table that its own task does not keep.
private struct WeakTable {
    weak var table: ConnectionTable?
}
