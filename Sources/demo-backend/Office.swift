internal import NIOCore

/// What all connections share: the service, and the list of connections for the end.
final class Office {
    let service = UserService()
    private let eventLoop: any EventLoop
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var emptied: EventLoopPromise<Void>?

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func opened(_ connection: Connection) {
        self.connections[ObjectIdentifier(connection)] = connection
        if self.emptied != nil { connection.drain() }
    }

    func closed(_ connection: Connection) {
        self.connections[ObjectIdentifier(connection)] = nil
        if self.connections.isEmpty { self.emptied?.succeed() }
    }

    /// Says GOAWAY on all connections; the future is done when all have gone, or at the latest
    /// after `time`.
    func drain(within time: TimeAmount) -> EventLoopFuture<Void> {
        guard !self.connections.isEmpty else { return self.eventLoop.makeSucceededVoidFuture() }
        let promise = self.eventLoop.makePromise(of: Void.self)
        self.emptied = promise
        for connection in self.connections.values { connection.drain() }
        self.eventLoop.scheduleTask(in: time) { promise.succeed() }
        return promise.futureResult
    }
}
