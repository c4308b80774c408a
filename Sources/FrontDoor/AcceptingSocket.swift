internal import Glibc
internal import NIOCore
internal import NIOPosix

/// One listening socket of one event loop, from bind to close; it belongs to its loop.
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
    /// Connections that wait to be accepted; the kernel takes at most net.core.somaxconn.
    private static let backlog: Int32 = 4096

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
        let bootstrap = self.bootstrap()
        let channel =
            switch self.target {
            case .host(let host, let port, _): bootstrap.bind(host: host, port: port)
            case .unix(let path, let replaces):
                bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: replaces)
            }
        return channel.map { bound.value.opened($0) }
    }

    private func opened(_ channel: any Channel) {
        guard !self.isClosing else {
            channel.close(promise: nil)
            return
        }
        self.channel = channel
        if case .host(let host, 0, let sharesPort) = self.target,
            let port = channel.localAddress?.port
        {
            // Clients know the port that was chosen: a second bind must not choose another.
            self.target = .host(host, port: port, sharesPort: sharesPort)
        }
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

    /// Stops accepting for good.
    func close() -> EventLoopFuture<Void> {
        self.isClosing = true
        guard let channel = self.channel else { return self.eventLoop.makeSucceededVoidFuture() }
        return channel.close()
    }

    private func bootstrap() -> ServerBootstrap {
        let table = self.table
        let traits = self.traits
        let bootstrap = ServerBootstrap(group: self.eventLoop)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(AcceptPause())
                }
            }
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls = traits.tls {
                        try pipeline.addHandler(tls.makeHandler(on: channel.eventLoop))
                    }
                    try pipeline.addHandler(table.value.makeConnection(traits))
                }
            }
        guard case .host(_, _, let sharesPort) = self.target else { return bootstrap }
        let reusePort = ChannelOptions.Types.SocketOption(
            level: .socket,
            name: .init(rawValue: SO_REUSEPORT)
        )
        return
            bootstrap
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(reusePort, value: sharesPort ? 1 : 0)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
    }
}

/// What one socket is bound to.
enum BindTarget: Sendable {
    /// `sharesPort`: with the sockets of other loops (SO_REUSEPORT).
    case host(String, port: Int, sharesPort: Bool)
    /// `replaces`: a socket file that is there is removed first.
    case unix(path: String, replaces: Bool)
}
