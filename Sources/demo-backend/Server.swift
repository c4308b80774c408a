internal import NIOCore
internal import NIOPosix

/// The listening socket and the one event loop that everything of the backend lives on.
struct Server {
    /// How long calls that run may go on after the order to stop.
    private static let grace = TimeAmount.seconds(2)

    private let group: MultiThreadedEventLoopGroup
    private let channel: any Channel
    private let loop: any EventLoop
    private let office: NIOLoopBound<Office>

    /// The address that was bound, as `HOST:PORT`.
    let address: String

    static func start(at address: ServerAddress) throws -> Server {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let loop = group.next()
            let office = try loop.submit {
                NIOLoopBound(Office(eventLoop: loop), eventLoop: loop)
            }.wait()
            let channel = try ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let connection = try Connection(office: office.value, channel: channel)
                        try channel.pipeline.syncOperations.addHandler(connection)
                    }
                }
                .bind(host: address.host, port: address.port)
                .wait()
            return Server(group: group, channel: channel, loop: loop, office: office)
        } catch {
            try group.syncShutdownGracefully()
            throw error
        }
    }

    private init(
        group: MultiThreadedEventLoopGroup,
        channel: any Channel,
        loop: any EventLoop,
        office: NIOLoopBound<Office>
    ) {
        self.group = group
        self.channel = channel
        self.loop = loop
        self.office = office
        let host = channel.localAddress?.ipAddress ?? "?"
        let port = channel.localAddress?.port ?? 0
        self.address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Takes no more calls, lets those that run end for a short while, and frees everything.
    func stop() throws {
        try self.channel.close().wait()
        let office = self.office
        try self.loop.flatSubmit { office.value.drain(within: Self.grace) }.wait()
        try self.group.syncShutdownGracefully()
    }
}
