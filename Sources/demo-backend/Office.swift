internal import NIOCore

/// What all connections share: the services, and the list of connections for the end.
final class Office {
    private let users = UserService()
    private let pages = PageService()
    private let reflection = ReflectionService()
    private let eventLoop: any EventLoop
    private var connections: [ObjectIdentifier: Connection] = [:]
    private var emptied: EventLoopPromise<Void>?

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    /// Begins a call of the method at `path`; nil when there is none.
    func call(path: String) -> (any MethodCall)? {
        self.users.call(path: path) ?? self.pages.call(path: path)
            ?? self.reflection.call(path: path)
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
