internal import NIOCore
public import OpenSSL
internal import TLSChannel

/// TLS to a backend, as values: equal ones make equal connections.
public struct BackendTLS: Hashable, Sendable {
    /// The host name or address that the backend's certificate must be for.
    public var serverName: String
    /// PEM of those who may sign it.
    public var authorities: [UInt8]
    /// What is shown to a backend that asks for a certificate.
    public var identity: TLSIdentity?
    /// The `:authority` of calls; nil is what the address says.
    public var authority: String?

    /// Makes the values; nothing is read before a connection is made.
    public init(
        serverName: String,
        authorities: [UInt8],
        identity: TLSIdentity? = nil,
        authority: String? = nil
    ) {
        self.serverName = serverName
        self.authorities = authorities
        self.identity = identity
        self.authority = authority
    }

    /// Puts TLS into the channels of one event loop, all of which share one context.
    ///
    /// The context is made for the first of them: roots of a whole system take half a megabyte,
    /// which a backend that nobody calls need not cost. Where it cannot be made, the channel fails with
    /// the reason.
    ///
    /// - Parameters:
    ///   - eventLoop: the loop of all channels.
    ///   - timeout: how long a handshake may take, in nanoseconds.
    /// - Returns: what a pool does with each new channel.
    func preparation(on eventLoop: any EventLoop, timeout: Int64) -> ChannelPreparation {
        let entry = NIOLoopBound(Entry(self, timeout: timeout), eventLoop: eventLoop)
        return { channel in
            let handler = try entry.value.makeHandler()
            try channel.pipeline.syncOperations.addHandler(handler)
        }
    }

    /// Where the handlers of one loop's channels come from.
    private final class Entry {
        private let tls: BackendTLS
        private let timeout: Int64
        private var source: TLSClientSource?

        init(_ tls: BackendTLS, timeout: Int64) {
            self.tls = tls
            self.timeout = timeout
        }

        func makeHandler() throws(TLSError) -> TLSHandler {
            let source = try self.madeSource()
            return try source.makeHandler(serverName: self.tls.serverName)
        }

        private func madeSource() throws(TLSError) -> TLSClientSource {
            if let source = self.source { return source }
            let context = try TLSClientContext(
                TLSClientSettings(
                    roots: .pem(self.tls.authorities),
                    identity: self.tls.identity
                )
            )
            var settings = TLSHandlerSettings()
            settings.handshakeTimeout = .nanoseconds(self.timeout)
            let source = TLSClientSource(context, settings: settings)
            self.source = source
            return source
        }
    }
}
