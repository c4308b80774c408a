internal import NIOCore
internal import NIOPosix

/// The cheap backend: one event loop, any gRPC method, canned answers.
struct BackendServer {
    private let channel: any Channel

    /// The address that was bound, as `HOST:PORT`.
    let address: String

    /// Binds `HOST:PORT`; port 0 lets the system choose.
    static func start(at address: String, answers: CannedAnswers) throws -> BackendServer {
        guard let colon = address.lastIndex(of: ":"),
            let port = UInt16(address[address.index(after: colon)...])
        else { throw BenchError(text: "expected HOST:PORT, found '\(address)'") }
        let channel = try ServerBootstrap(group: MultiThreadedEventLoopGroup(numberOfThreads: 1))
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let connection = BackendConnection(answers: answers)
                    try channel.pipeline.syncOperations.addHandler(connection)
                }
            }
            .bind(host: String(address[..<colon]), port: Int(port))
            .wait()
        let bound = channel.localAddress
        return BackendServer(
            channel: channel,
            address: "\(bound?.ipAddress ?? "?"):\(bound?.port ?? 0)"
        )
    }

    /// Returns when the listening socket is closed, which only the end of the process does.
    func wait() throws { try self.channel.closeFuture.wait() }
}
