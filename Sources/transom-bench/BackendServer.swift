internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import OpenSSL
internal import TLSChannel

/// The cheap backend: one event loop, any gRPC method, canned answers.
struct BackendServer {
    private let channel: any Channel

    /// The address that was bound, as `HOST:PORT`.
    let address: String

    /// Binds `HOST:PORT`; port 0 lets the system choose.
    ///
    /// - Parameters:
    ///   - address: where.
    ///   - answers: what is sent.
    ///   - group: of the one loop.
    ///   - tls: certificate and key as PEM; nil in the clear.
    /// - Returns: the server, which accepts already.
    /// - Throws: what is wrong with the address, or with the certificate.
    static func start(
        at address: String,
        answers: CannedAnswers,
        on group: MultiThreadedEventLoopGroup,
        tls: TLSIdentity? = nil
    ) throws -> BackendServer {
        guard let colon = address.lastIndex(of: ":"),
            let port = UInt16(address[address.index(after: colon)...])
        else { throw BenchError(text: "expected HOST:PORT, found '\(address)'") }
        let loop = group.next()
        let source = try loop.submit { try tls.map { try Self.source($0, on: loop) } }.wait()
        let channel = try ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let source { try pipeline.addHandler(source.value.makeHandler()) }
                    try pipeline.addHandler(BackendConnection(answers: answers))
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

    private static func source(
        _ identity: TLSIdentity,
        on loop: any EventLoop
    ) throws -> NIOLoopBound<TLSServerSource> {
        var settings = TLSServerSettings(identities: [identity])
        settings.applicationProtocols = ["h2"]
        var random = SystemRandomNumberGenerator()
        let key = try TicketKey((0..<TicketKey.byteCount).map { _ in random.next() })
        let context = try TLSServerContext(settings, ticketKeys: TicketKeys(key))
        return NIOLoopBound(TLSServerSource(context), eventLoop: loop)
    }

    /// Returns when the listening socket is closed, which only the end of the process does.
    func wait() throws { try self.channel.closeFuture.wait() }
}
