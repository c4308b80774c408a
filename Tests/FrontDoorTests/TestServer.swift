internal import NIOCore
internal import NIOPosix

@testable internal import FrontDoor

/// A listener on event loops of its own, ended with the test.
final class TestServer: Sendable {
    let group: MultiThreadedEventLoopGroup
    let receivers: [NIOLoopBound<TestReceiver>]
    let tables: [NIOLoopBound<ConnectionTable>]

    init(
        loops: Int,
        limits: ConnectionLimits = ConnectionLimits(),
        _ configure: @escaping @Sendable (TestReceiver) -> Void = { _ in }
    ) throws {
        self.group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
        var receivers: [NIOLoopBound<TestReceiver>] = []
        var tables: [NIOLoopBound<ConnectionTable>] = []
        for _ in 0..<loops {
            let loop = self.group.next()
            let (receiver, table) = try loop.submit {
                let receiver = TestReceiver()
                configure(receiver)
                let table = ConnectionTable(receiver: receiver, limits: limits)
                return (
                    NIOLoopBound(receiver, eventLoop: loop), NIOLoopBound(table, eventLoop: loop)
                )
            }.wait()
            receivers.append(receiver)
            tables.append(table)
        }
        self.receivers = receivers
        self.tables = tables
    }

    func bind(_ address: ListenAddress) async throws -> Listener {
        try await self.bind(ListenerSettings(address))
    }

    func bind(
        _ settings: ListenerSettings,
        inherited: InheritedSockets = .none
    ) async throws -> Listener {
        try await Listener.bind(
            settings,
            tables: self.tables,
            traits: ListenerTraits(expectsProxyHeader: settings.expectsProxyHeader),
            inherited: inherited
        )
    }

    func sweep(_ seconds: Int) throws {
        for table in self.tables {
            try table.eventLoop.submit { for _ in 0..<seconds { table.value.sweep() } }.wait()
        }
    }

    /// Waits up to a second until the first exchange's last event is this one.
    func lastEvent(is event: String) async throws -> Bool {
        for _ in 0..<100 {
            if try self.ask({ $0.exchanges.first?.events.last }) == event { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// What the first loop's receiver knows.
    func ask<R: Sendable>(_ question: @escaping @Sendable (TestReceiver) -> R) throws -> R {
        let receiver = self.receivers[0]
        return try receiver.eventLoop.submit { question(receiver.value) }.wait()
    }

    /// Waits up to five seconds until something holds.
    func eventually(_ claim: @escaping @Sendable (TestReceiver) -> Bool) async throws -> Bool {
        for _ in 0..<500 {
            if try self.ask(claim) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    func stop(_ listener: Listener?) async throws {
        await listener?.close()
        for table in self.tables {
            try await table.eventLoop.submit { table.value.close() }.get()
        }
        try await self.group.shutdownGracefully()
    }
}

extension ListenAddress {
    var port: Int {
        if case .host(_, let port) = self { port } else { 0 }
    }
}
