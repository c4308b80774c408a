internal import Glibc
internal import NIOCore
internal import NIOPosix

/// One listening socket of one event loop on a port, from bind to close; it belongs to its loop.
///
/// Accepting may fail. What passes by itself (EMFILE, ENFILE, ENOBUFS, ENOMEM, ECONNABORTED) leaves
/// the socket open, and `AcceptPause` keeps it from being asked at once. On any other error NIO
/// closes the socket; Linux reports errors of the network there too, which must not end a listener
/// (accept(2), "Error handling"), so it is bound again.
final class AcceptingSocket {
    private let eventLoop: any EventLoop
    private let table: NIOLoopBound<ConnectionTable>
    private let traits: ListenerTraits
    private var target: BindTarget
    private var isClosing = false
    /// Nil while the socket is to be bound again.
    private(set) var channel: (any Channel)?

    /// How long to wait before a socket that failed is bound again.
    private static let rebindDelay = TimeAmount.seconds(1)

    private init(
        _ target: BindTarget,
        table: NIOLoopBound<ConnectionTable>,
        traits: ListenerTraits
    ) {
        self.eventLoop = table.eventLoop
        self.table = table
        self.traits = traits
        self.target = target
    }

    /// Binds a socket on the table's loop.
    ///
    /// - Throws: `IOError`, or an error of name resolution.
    static func bind(
        _ target: BindTarget,
        table: NIOLoopBound<ConnectionTable>,
        traits: ListenerTraits
    ) async throws -> NIOLoopBound<AcceptingSocket> {
        try await table.eventLoop.flatSubmit {
            let socket = AcceptingSocket(target, table: table, traits: traits)
            let bound = NIOLoopBound(socket, eventLoop: table.eventLoop)
            return socket.open().map { bound }
        }.get()
    }

    private func open() -> EventLoopFuture<Void> {
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        let target = self.target
        return self.bootstrap().bind(host: target.host, port: target.port)
            .map { bound.value.opened($0) }
    }

    private func opened(_ channel: any Channel) {
        guard !self.isClosing else {
            channel.close(promise: nil)
            return
        }
        self.channel = channel
        // Clients know the port that was chosen: a second bind must not choose another.
        if let port = channel.localAddress?.port { self.target.port = port }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        channel.closeFuture.whenComplete { _ in bound.value.closed() }
    }

    private func closed() {
        self.channel = nil
        guard !self.isClosing else { return }
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.eventLoop.scheduleTask(in: Self.rebindDelay) {
            guard !bound.value.isClosing else { return }
            bound.value.open().whenFailure { _ in bound.value.closed() }
        }
    }

    private func bootstrap() -> ServerBootstrap {
        let table = self.table
        let traits = self.traits
        let reusePort = ChannelOptions.Types.SocketOption(
            level: .socket,
            name: .init(rawValue: SO_REUSEPORT)
        )
        return ServerBootstrap(group: self.eventLoop)
            .serverChannelOption(.backlog, value: Listener.backlog)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause())
                }
            }
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try traits.setUp(channel, table: table.value)
                }
            }
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(reusePort, value: self.target.sharesPort ? 1 : 0)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    }
}

// MARK: - The end

extension AcceptingSocket {
    /// Turns of the loop that a queue is emptied for; each accepts `acceptsPerTurn`.
    private static let longestEmptying = 50
    private static let acceptsPerTurn: UInt = 256

    /// Stops accepting for good.
    ///
    /// Closing a socket makes the kernel reset the connections that wait in its queue, so they are
    /// accepted first.
    func close() -> EventLoopFuture<Void> {
        self.isClosing = true
        guard let channel = self.channel else { return self.eventLoop.makeSucceededVoidFuture() }
        try? channel.syncOptions?.setOption(.maxMessagesPerRead, value: Self.acceptsPerTurn)
        return self.close(channel, turns: Self.longestEmptying)
    }

    private func close(_ channel: any Channel, turns: Int) -> EventLoopFuture<Void> {
        guard turns > 0, Self.hasWaiting(channel) else { return channel.close() }
        let bound = NIOLoopBound((self, channel), eventLoop: self.eventLoop)
        return self.eventLoop.flatScheduleTask(in: .milliseconds(1)) {
            let (socket, channel) = bound.value
            return socket.close(channel, turns: turns - 1)
        }.futureResult
    }

    /// Whether a connection waits to be accepted.
    private static func hasWaiting(_ channel: any Channel) -> Bool {
        let pipeline = channel.pipeline.syncOperations
        let count = try? pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) {
            var asked = pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
            return poll(&asked, 1, 0)
        }
        return (count ?? 0) > 0
    }
}

/// What one socket is bound to.
struct BindTarget: Sendable {
    let host: String
    /// 0 until the first bind has chosen one.
    var port: Int
    /// Whether with the sockets of other loops or processes (SO_REUSEPORT).
    let sharesPort: Bool
}
