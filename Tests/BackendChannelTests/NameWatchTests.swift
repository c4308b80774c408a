internal import BackendChannel
internal import Balancing
internal import NIOCore
internal import NIOPosix
internal import Testing

/// One look-up of a name for the pools of several event loops.
@Suite(.timeLimit(.minutes(1))) struct NameWatchTests {
    private static func pools(
        _ group: MultiThreadedEventLoopGroup,
        _ settings: BackendSettings
    ) async throws -> [NIOLoopBound<BackendPool>] {
        var pools: [NIOLoopBound<BackendPool>] = []
        for loop in group.makeIterator() {
            let pool = loop.submit {
                NIOLoopBound(BackendPool(settings: settings, eventLoop: loop), eventLoop: loop)
            }
            pools.append(try await pool.get())
        }
        return pools
    }

    private static func endpoints(_ pool: NIOLoopBound<BackendPool>) async throws -> [Endpoint] {
        try await pool.eventLoop.submit { pool.value.endpoints }.get()
    }

    @Test("what one loop asks is answered to all, and each asks for itself again in the end")
    func one() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let settings = BackendSettings(name: "users", address: .name(host: "localhost", port: 1))
        let pools = try await Self.pools(group, settings)
        let loop = pools[0].eventLoop
        let watch = try await loop.submit {
            let watch = NameWatch(backend: settings, pools: pools, eventLoop: loop)
            return watch.map { NIOLoopBound($0, eventLoop: loop) }
        }.get()
        let bound = try #require(watch)
        try await loop.submit { bound.value.start() }.get()
        try await pools[1].eventLoop.submit { pools[1].value.wantEndpoints() }.get()
        for pool in pools {
            while try await Self.endpoints(pool).isEmpty {
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        #expect(try await loop.submit { bound.value.questions }.get() == 1)

        let others = try await Self.pools(group, settings)
        try await loop.submit { bound.value.stop() }.get()
        try await others[2].eventLoop.submit { others[2].value.wantEndpoints() }.get()
        while try await Self.endpoints(others[2]).isEmpty {
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(try await Self.endpoints(others[1]).isEmpty)
        #expect(try await loop.submit { bound.value.questions }.get() == 1)
        try await group.shutdownGracefully()
    }

    @Test("questions that come together are one question")
    func together() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let settings = BackendSettings(name: "users", address: .name(host: "localhost", port: 1))
        let pools = try await Self.pools(group, settings)
        let loop = pools[0].eventLoop
        let watch = try await loop.submit {
            let watch = NameWatch(backend: settings, pools: pools, eventLoop: loop)
            watch?.start()
            return watch.map { NIOLoopBound($0, eventLoop: loop) }
        }.get()
        let bound = try #require(watch)
        // The answer cannot come before this turn of its loop is over.
        try await loop.submit { pools[0].value.wantEndpoints() }.get()
        try await pools[1].eventLoop.submit { pools[1].value.wantEndpoints() }.get()
        for pool in pools {
            while try await Self.endpoints(pool).isEmpty {
                try await Task.sleep(for: .milliseconds(1))
            }
        }
        #expect(try await loop.submit { bound.value.questions }.get() <= 2)
        try await loop.submit { bound.value.stop() }.get()
        try await group.shutdownGracefully()
    }

    @Test("a backend with addresses has nothing to be asked")
    func addresses() {
        let settings = BackendSettings(name: "users", address: .endpoints([.unix(path: "/a")]))
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        #expect(NameWatch(backend: settings, pools: [], eventLoop: loop) == nil)
    }
}
