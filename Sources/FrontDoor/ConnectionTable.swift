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
    package let limits: ConnectionLimits
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

    private static let keptHeads = 64
    /// Answers up to this size share a buffer; a client that does not read keeps one of at most
    /// this capacity, and the copying of longer ones outweighs an allocation.
    private static let sharedAnswerBytes = 16384

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
    package func makeConnection() -> ClientConnection {
        ClientConnection(table: self)
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

    /// Closes idle connections now and every other one after its answer.
    package func drain() {
        self.isDraining = true
        for connection in self.connections { connection.drain() }
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

    // MARK: - Connections

    /// Adds a connection; false when there are too many.
    func add(_ connection: ClientConnection) -> Bool {
        guard self.connections.count < self.limits.connections, !self.isDraining else {
            return false
        }
        connection.tableIndex = self.connections.count
        self.connections.append(connection)
        self.receiver.connectionsChanged(to: self.connections.count)
        return true
    }

    /// Forgets a connection; nothing happens to one that was never added.
    func remove(_ connection: ClientConnection) {
        let index = connection.tableIndex
        guard index < self.connections.count, self.connections[index] === connection else {
            return
        }
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
