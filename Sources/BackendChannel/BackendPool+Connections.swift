internal import Balancing
internal import GRPC
internal import NIOCore
internal import Nghttp2

/// How connections come and go, and where to.
extension BackendPool {
    func connection(_ identifier: ConnectionID) -> BackendConnection? {
        guard identifier.slot < self.connections.count,
            let connection = self.connections[identifier.slot],
            connection.identifier == identifier
        else { return nil }
        return connection
    }

    func open(_ identifier: ConnectionID) {
        guard let endpoint = self.machine.endpoint(of: identifier) else { return }
        guard let session = try? ClientSession(settings: self.settings.session) else {
            self.machine.connectFailed(
                identifier,
                .unusable,
                now: self.now,
                dice: self.dice.share()
            )
            return
        }
        let connection = BackendConnection(
            identifier: identifier,
            endpoint: endpoint,
            pool: self,
            session: session,
            eventLoop: self.eventLoop
        )
        while self.connections.count <= identifier.slot { self.connections.append(nil) }
        self.connections[identifier.slot] = connection
        self.liveConnections += 1
        self.connector.connect(to: endpoint, connection: connection) { trouble, words in
            self.turnBegan()
            connection.trouble = words
            self.machine.connectFailed(identifier, trouble, now: self.now, dice: self.dice.share())
            connection.end()
            self.turnEnded()
        }
    }

    func settingsReceived(_ connection: BackendConnection, maxStreams: Int) {
        let identifier = connection.identifier
        connection.isReady = true
        self.machine.connectionReady(identifier, maxStreams: maxStreams, now: self.now)
        self.machine.limitChanged(identifier, maxStreams: maxStreams, now: self.now)
    }

    func goAwayReceived(_ connection: BackendConnection, errorCode: UInt32) {
        // ENHANCE_YOUR_CALM after pings is gRFC A8's "too_many_pings".
        if errorCode == 11, connection.pings > 0 { self.keepalive?.double() }
        self.machine.connectionDraining(
            connection.identifier,
            now: self.now,
            dice: self.dice.share()
        )
    }

    /// A call has run out of time: a connection that said nothing meanwhile gets no further calls.
    ///
    /// Its peer may be halted, or behind a network that swallows everything, and keepalive is off
    /// unless asked for. A connection that stays silent for as long as a connect may take is left
    /// as if GOAWAY had come; if the backend was only slow, that costs another connect.
    func suspect(_ call: BackendCall) {
        guard let connection = call.connection else { return }
        let since = max(call.submittedAt, connection.lastRead)
        let limit = self.settings.pool.connectTimeout
        guard since.nanoseconds(until: self.now) >= limit else { return }
        self.machine.connectionDraining(
            connection.identifier,
            now: self.now,
            dice: self.dice.share()
        )
    }

    func connectionEnded(_ connection: BackendConnection) {
        self.liveConnections -= 1
        let identifier = connection.identifier
        self.machine.connectionLost(identifier, now: self.now, dice: self.dice.share())
        guard self.connection(identifier) != nil else { return }
        self.connections[identifier.slot] = nil
        if !connection.isReady {
            var words = connection.trouble ?? "it was closed before a SETTINGS frame of HTTP/2"
            if connection.trouble == nil, self.settings.tls == nil { words += ": it may want TLS" }
            self.lastTrouble = "\(connection.endpoint): \(words)"
        }
    }

    func resolve() {
        guard case .name(let host, let port) = self.settings.address else { return }
        if let nameSource = self.nameSource {
            nameSource()
            return
        }
        let future = NameResolver.resolve(host: host, port: port, on: self.eventLoop)
        future.assumeIsolated().whenComplete { result in
            self.nameAnswered((try? result.get()) ?? [])
        }
    }
}
