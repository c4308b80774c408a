package import BackendChannel
package import Configuration
package import FrontDoor
internal import HTTPMessages
internal import OpenSSL
internal import Planning

/// What the Shell needs to know of a configuration, in its own terms.
package struct GatewaySettings: Sendable {
    package var listen: [ListenerSettings]
    /// Nil when the admin endpoints are off.
    package var admin: ListenerSettings?
    /// The sockets that the process was started with, for `fd:NAME`.
    package var inherited = InheritedSockets.none
    package var loops: Int
    package var connections: ConnectionLimits
    /// In the order of the plan set's backend names; each is one loop's share.
    package var backends: [BackendSettings]
    /// In the same order.
    package var upkeep: [BackendUpkeepSettings]
    package var logsAccess: Bool
    /// One loop's share of what all streams together may hold.
    package var bufferedBytes: Int
    /// One loop's share of the requests that may be under way.
    package var running: Int
    /// How long running requests may take after shutdown has begun.
    package var drain: Duration
    /// How long readiness is down before listeners close.
    package var drainDelay: Duration

    /// Takes a configuration apart.
    ///
    /// - Parameters:
    ///   - configuration: read without errors.
    ///   - cores: what `loops` is when it is not set.
    package init(_ configuration: GatewayConfiguration, cores: Int) {
        let loops = max(1, configuration.loops ?? cores)
        let handshakeSeconds = Self.handshakeSeconds(configuration.timeouts.head)
        self.listen = configuration.listen.map {
            ListenerSettings($0, handshakeSeconds: handshakeSeconds)
        }
        self.admin = configuration.admin.map { ListenerSettings(ListenAddress($0.address)) }
        self.loops = loops
        self.connections = ConnectionLimits(configuration, loops: loops)
        self.bufferedBytes = Self.share(configuration.limits.buffered, loops)
        let running = configuration.limits.running
        self.running = running == 0 ? .max : Self.share(running, loops)
        let window = configuration.limits.streamWindow
        self.backends = configuration.backends.map {
            BackendSettings($0, loops: loops, streamWindow: window)
        }
        self.upkeep = zip(configuration.backends, self.backends).map {
            BackendUpkeepSettings($0, backend: $1)
        }
        self.logsAccess = configuration.accessLog == .json
        self.drain = configuration.drain
        self.drainDelay = configuration.drainDelay
    }

    /// A handshake may take as long as a head, which it stands before; without such a limit 10 s, as
    /// nobody has a reason to wait for longer.
    private static func handshakeSeconds(_ head: Duration) -> Int {
        head == .zero ? 10 : max(1, Int(clamping: head.components.seconds))
    }

    /// A loop's share of a number that is for the whole gateway, rounded up.
    static func share(_ whole: Int, _ loops: Int) -> Int {
        whole / loops + (whole % loops == 0 ? 0 : 1)
    }
}

extension ListenAddress {
    init(_ address: ListenerAddress) {
        switch address {
        case .host(let host, let port): self = .host(host, port: port)
        case .unix(let path): self = .unix(path: path)
        case .inherited(let name): self = .inherited(name: name)
        }
    }
}

extension ListenerSettings {
    init(_ configuration: ListenerConfiguration, handshakeSeconds: Int) {
        self.init(
            ListenAddress(configuration.address),
            expectsProxyHeader: configuration.expectsProxyHeader,
            sharesPort: configuration.sharesPort,
            tls: ListenerTLSSettings(configuration, handshakeSeconds: handshakeSeconds),
            strictTransportSeconds: configuration.strictTransport?.components.seconds
        )
    }
}

extension ListenerTLSSettings {
    /// Nil for a listener in the clear.
    init?(_ configuration: ListenerConfiguration, handshakeSeconds: Int) {
        guard !configuration.tls.isEmpty else { return nil }
        self.init(
            // Loading refuses what cannot be read.
            identities: configuration.tls.compactMap(\.texts?.identity).map {
                TLSIdentity(chain: $0.chain, key: $0.key)
            },
            clientAuthorities: configuration.tls[0].texts?.clientAuthorities,
            handshakeSeconds: handshakeSeconds
        )
    }
}

extension ConnectionLimits {
    init(_ configuration: GatewayConfiguration, loops: Int) {
        self.init()
        let limits = configuration.limits
        let timeouts = configuration.timeouts
        self.head = HeadLimits(target: limits.target, head: limits.head, headers: limits.headers)
        self.headSeconds = Self.wholeSeconds(timeouts.head)
        self.keepAliveSeconds = Self.wholeSeconds(timeouts.keepAlive)
        self.writeSeconds = Self.wholeSeconds(timeouts.write)
        self.bodyBytesPerSecond = timeouts.bodyRate
        self.connections = GatewaySettings.share(limits.connections, loops)
        self.requestsPerConnection = limits.requestsPerConnection
        self.pipelinedRequests = limits.pipelined
    }

    /// Rounded up: 0 stays "off".
    private static func wholeSeconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return Int(clamping: seconds) + (attoseconds > 0 ? 1 : 0)
    }
}
