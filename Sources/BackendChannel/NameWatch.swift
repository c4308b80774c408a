internal import Balancing
public import NIOCore

/// Looks a backend's name up for the pools of all event loops.
///
/// It belongs to one event loop. Any pool that wants the endpoints asks it; one question is under
/// way at a time, and its answer goes to all pools, so that the others need not ask. A pool alone
/// decides when a name is too old or to be asked for again.
public final class NameWatch {
    private let host: String
    private let port: Int
    private let pools: [NIOLoopBound<BackendPool>]
    private let eventLoop: any EventLoop
    private var isAsking = false
    /// Questions so far.
    public private(set) var questions = 0

    /// Makes a watch; nobody asks it before ``start()``.
    ///
    /// Nil for a backend with addresses, which has nothing to be asked.
    ///
    /// - Parameters:
    ///   - backend: how the backend is reached.
    ///   - pools: the backend's, one of each loop.
    ///   - eventLoop: where it lives; all is called there.
    public init?(
        backend: BackendSettings,
        pools: [NIOLoopBound<BackendPool>],
        eventLoop: any EventLoop
    ) {
        guard case .name(let host, let port) = backend.address else { return nil }
        self.host = host
        self.port = port
        self.pools = pools
        self.eventLoop = eventLoop
    }

    /// Has the pools ask here from now on.
    public func start() {
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let ask: @Sendable () -> Void = { bound.eventLoop.execute { bound.value.ask() } }
        for pool in self.pools {
            pool.eventLoop.execute { pool.value.asksForNames(ask) }
        }
    }

    /// Has each pool ask for itself again; what is being asked is still told.
    public func stop() {
        for pool in self.pools {
            pool.eventLoop.execute { pool.value.asksForNames(nil) }
        }
    }

    private func ask() {
        guard !self.isAsking else { return }
        self.isAsking = true
        self.questions += 1
        let future = NameResolver.resolve(host: self.host, port: self.port, on: self.eventLoop)
        future.assumeIsolated().whenComplete { result in
            self.isAsking = false
            let endpoints = (try? result.get()) ?? []
            for pool in self.pools {
                pool.eventLoop.execute { pool.value.nameAnswered(endpoints) }
            }
        }
    }
}
