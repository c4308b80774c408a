internal import Bytes
internal import NIOCore
internal import NIOEmbedded
internal import Testing

@testable internal import FrontDoor

@Suite("The connection table")
struct ConnectionTableTests {
    private func open(_ table: ConnectionTable) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.pipeline.syncOperations.addHandler(table.makeConnection())
        return channel
    }

    @Test("a connection above the limit is closed at once, and a place that is free is taken")
    func limit() throws {
        var limits = ConnectionLimits()
        limits.connections = 2
        let receiver = TestReceiver()
        let table = ConnectionTable(receiver: receiver, limits: limits)
        let first = try self.open(table)
        let second = try self.open(table)
        let third = try self.open(table)
        #expect(table.count == 2)
        #expect(throws: ChannelError.self) { try third.finish() }
        #expect(table.counters.tooManyConnections == 1)
        first.close(promise: nil)
        let fourth = try self.open(table)
        #expect(table.count == 2)
        #expect(receiver.counts == [1, 2, 1, 2])
        _ = try second.finish()
        _ = try fourth.finish()
        #expect(table.count == 0)
    }

    @Test("whatever the order of leaving, everyone is swept once and nobody is forgotten")
    func order() throws {
        let table = ConnectionTable(receiver: TestReceiver(), limits: ConnectionLimits())
        var channels = try (0..<20).map { _ in try self.open(table) }
        // A rule without a pattern, so that first, last and middle ones leave.
        for index in [0, 18, 7, 7, 15, 0, 3] {
            channels.remove(at: index).close(promise: nil)
            #expect(table.count == channels.count)
        }
        for _ in 0..<11 { table.sweep() }
        #expect(table.count == 0)
        for channel in channels { #expect(!channel.isActive) }
    }

    @Test("nobody joins a table that drains")
    func draining() throws {
        let table = ConnectionTable(receiver: TestReceiver(), limits: ConnectionLimits())
        table.drain()
        _ = try self.open(table)
        #expect(table.count == 0)
    }

    @Test("heads are lent again, and only some are kept")
    func heads() {
        let table = ConnectionTable(receiver: TestReceiver(), limits: ConnectionLimits())
        let head = table.takeHead()
        table.giveBack(head)
        #expect(table.takeHead() === head)
    }

    @Test(
        "answers are copied whole, short and long ones",
        arguments: [0, 1, 16384, 16385, 300_000]
    )
    func answers(count: Int) {
        let table = ConnectionTable(receiver: TestReceiver(), limits: ConnectionLimits())
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var answer = OutputBuffer()
        answer.append(bytes)
        let first = table.buffer(with: answer)
        // The next answer does not touch one that is still on its way.
        var other = OutputBuffer()
        other.append([UInt8](repeating: 0xFF, count: count))
        _ = table.buffer(with: other)
        #expect(Array(first.readableBytesView) == bytes)
    }

    @Test("the table sweeps by its loop's clock until it is closed")
    func clock() throws {
        let loop = EmbeddedEventLoop()
        var limits = ConnectionLimits()
        limits.headSeconds = 2
        let table = ConnectionTable(receiver: TestReceiver(), limits: limits)
        let channel = EmbeddedChannel(handler: table.makeConnection(), loop: loop)
        table.start(on: loop)
        loop.advanceTime(by: .seconds(2))
        #expect(table.count == 1)
        loop.advanceTime(by: .seconds(1))
        #expect(table.count == 0)
        table.close()
        _ = channel
    }
}
