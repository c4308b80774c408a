internal import Balancing
internal import Glibc
public import NIOCore
internal import NIOPosix

/// Opens the channels of a pool's connections on the pool's event loop.
struct BackendConnector {
    let eventLoop: any EventLoop
    /// How long connecting may take, in nanoseconds.
    let timeout: Int64
    /// Puts handlers in front of the connection's.
    let prepare: ChannelPreparation?

    /// Opens a channel whose last handler is `connection`.
    ///
    /// - Parameters:
    ///   - endpoint: where to.
    ///   - connection: is told by the channel when it is open.
    ///   - failed: called on the event loop, later, when it cannot be opened; with the reason in
    ///     words.
    func connect(
        to endpoint: Endpoint,
        connection: BackendConnection,
        failed: @escaping (EndpointTrouble, String) -> Void
    ) {
        let bound = NIOLoopBound(connection, eventLoop: self.eventLoop)
        let prepare = self.prepare
        let bootstrap = ClientBootstrap(group: self.eventLoop)
            .connectTimeout(.nanoseconds(self.timeout))
            // Answers of many streams come in one piece: few reads for them, and no
            // growing from small buffers each time a connection has been quiet.
            .channelOption(
                .recvAllocator,
                value: AdaptiveRecvByteBufferAllocator(
                    minimum: 4096,
                    initial: 16384,
                    maximum: 65536
                )
            )
            .channelOption(.writeBufferWaterMark, value: .init(low: 256 << 10, high: 1 << 20))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare?(channel)
                    try channel.pipeline.syncOperations.addHandler(bound.value)
                }
            }
        let future: EventLoopFuture<any Channel>
        do {
            switch endpoint {
            case .address(let host, let port):
                let address = try SocketAddress(ipAddress: host, port: port)
                future =
                    bootstrap
                    .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                    .channelOption(Self.userTimeout, value: Self.userTimeoutMilliseconds)
                    .connect(to: address)
            case .unix(let path):
                future = bootstrap.connect(to: try SocketAddress(unixDomainSocketPath: path))
            }
        } catch {
            future = self.eventLoop.makeFailedFuture(error)
        }
        future.assumeIsolated().whenFailure { error in
            if case ChannelError.connectTimeout = error {
                failed(.timedOut, "no answer within the time for connecting")
            } else {
                failed(.refused, Self.words(error))
            }
        }
    }

    /// The system's words for an error, such as `Connection refused`, or the error's own.
    static func words(_ error: any Error) -> String {
        guard let error = error as? IOError, let text = strerror(error.errnoCode) else {
            return "\(error)"
        }
        return String(cString: text)
    }

    /// How long sent bytes may stay without an acknowledgement before the kernel gives the
    /// connection up (gRFC A18): a host that vanished would else be found after a quarter of an hour.
    private static let userTimeout = ChannelOptions.Types.SocketOption(
        level: .tcp,
        name: .init(rawValue: TCP_USER_TIMEOUT)
    )
    private static let userTimeoutMilliseconds: ChannelOptions.Types.SocketOption.Value = 20_000
}

/// Puts handlers into a new channel before the connection's own, for instance TLS.
///
/// Called on the channel's event loop before it connects.
public typealias ChannelPreparation = @Sendable (any Channel) throws -> Void
