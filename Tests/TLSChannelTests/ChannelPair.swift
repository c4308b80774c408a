internal import NIOCore
internal import NIOEmbedded
internal import OpenSSL
internal import TLSChannel
internal import TLSFixtures

/// A client's and a server's channel without sockets, with a wire between them.
final class ChannelPair {
    let loop = EmbeddedEventLoop()
    let client: EmbeddedChannel
    let server: EmbeddedChannel
    let clientRecorder = Recorder()
    let serverRecorder = Recorder()
    /// Writes that have reached the server's wire.
    private(set) var serverWrites = 0

    init(
        server: TLSServerSource,
        client: TLSClientSource,
        name: String = "localhost"
    ) throws {
        self.client = EmbeddedChannel(loop: self.loop)
        self.server = EmbeddedChannel(loop: self.loop)
        let clientPipeline = self.client.pipeline.syncOperations
        try clientPipeline.addHandler(client.makeHandler(serverName: name))
        try clientPipeline.addHandler(self.clientRecorder)
        let serverPipeline = self.server.pipeline.syncOperations
        try serverPipeline.addHandler(HalfClosing())
        try serverPipeline.addHandler(server.makeHandler())
        try serverPipeline.addHandler(self.serverRecorder)
    }

    deinit {
        // An open channel and its pipeline hold each other. Time ends what lingers.
        self.loop.advanceTime(by: .hours(1))
        _ = try? self.client.finish(acceptAlreadyClosed: true)
        _ = try? self.server.finish(acceptAlreadyClosed: true)
    }

    /// Connects both and shakes hands.
    func open() throws {
        let address = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        self.client.connect(to: address, promise: nil)
        self.server.connect(to: address, promise: nil)
        try self.carry()
    }

    /// Carries bytes until both are silent.
    func carry() throws {
        var isSilent = false
        while !isSilent {
            isSilent = true
            while let bytes = try self.client.readOutbound(as: ByteBuffer.self) {
                isSilent = false
                if self.server.isActive { try self.server.writeInbound(bytes) }
            }
            while let bytes = try self.server.readOutbound(as: ByteBuffer.self) {
                isSilent = false
                self.serverWrites += 1
                if self.client.isActive { try self.client.writeInbound(bytes) }
            }
        }
    }
}

/// Stands for a socket's half-close, where an embedded channel knows whole ones only.
private final class HalfClosing: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer

    func close(
        context: ChannelHandlerContext,
        mode: CloseMode,
        promise: EventLoopPromise<Void>?
    ) {
        guard mode == .output else { return context.close(mode: mode, promise: promise) }
        promise?.succeed()
    }
}

/// Short ways to sources.
enum Sources {
    static func identity(_ issued: Authority.Issued) -> TLSIdentity {
        TLSIdentity(chain: issued.certificate, key: issued.key)
    }

    static func server(
        _ identities: [Authority.Issued] = [Authority.local],
        clientAuthority: Authority? = nil,
        protocols: [String] = ["h2", "http/1.1"],
        settings: TLSHandlerSettings = TLSHandlerSettings()
    ) throws -> TLSServerSource {
        var contents = TLSServerSettings(identities: identities.map(Self.identity))
        contents.clientAuthorities = clientAuthority?.root.certificate
        contents.applicationProtocols = protocols
        let key = try TicketKey([UInt8](repeating: 7, count: TicketKey.byteCount))
        let context = try TLSServerContext(contents, ticketKeys: TicketKeys(key))
        return TLSServerSource(context, settings: settings)
    }

    static func client(
        _ authority: Authority = .shared,
        identity: Authority.Issued? = nil,
        settings: TLSHandlerSettings = TLSHandlerSettings()
    ) throws -> TLSClientSource {
        let contents = TLSClientSettings(
            roots: .pem(authority.root.certificate),
            identity: identity.map(Self.identity)
        )
        return TLSClientSource(try TLSClientContext(contents), settings: settings)
    }
}
