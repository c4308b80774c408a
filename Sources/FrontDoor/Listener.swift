internal import Glibc
package import NIOCore
internal import NIOPosix

/// The listening sockets of one address, one per event loop.
///
/// The first bind is tried without SO_REUSEPORT, so that a port in use by another process is an
/// error; then each loop gets a socket of its own on the same port, the kernel spreads connections
/// over them, and a connection never leaves the loop that accepted it.
package final class Listener: Sendable {
    /// Where clients connect, with the port that was chosen for port 0.
    package let address: ListenAddress
    /// What its connections have in common.
    package let traits: ListenerTraits
    let sockets: [NIOLoopBound<AcceptingSocket>]

    private init(
        address: ListenAddress,
        traits: ListenerTraits,
        sockets: [NIOLoopBound<AcceptingSocket>]
    ) {
        self.address = address
        self.traits = traits
        self.sockets = sockets
    }

    /// Binds `address` on every loop.
    ///
    /// - Parameters:
    ///   - address: where to listen; port 0 lets the kernel choose.
    ///   - loops: the event loops that accept, at least one; `tables[i]` belongs to `loops[i]`.
    ///   - tables: the loops' connection tables.
    ///   - traits: what its connections have in common; TLS of the same loops.
    /// - Returns: the listener, which accepts already.
    /// - Throws: `IOError` or an error of name resolution; nothing is left bound then.
    package static func bind(
        _ address: ListenAddress,
        loops: [any EventLoop],
        tables: [NIOLoopBound<ConnectionTable>],
        traits: ListenerTraits = ListenerTraits()
    ) async throws -> Listener {
        precondition(!loops.isEmpty && loops.count == tables.count)
        switch address {
        case .unix(let path):
            // A unix socket has one queue: one loop accepts and keeps what it accepted.
            let socket = try await Self.bind(path: path, table: tables[0], traits: traits)
            return Listener(address: address, traits: traits, sockets: [socket])
        case .host(let host, let port):
            return try await Self.bind(host: host, port: port, tables: tables, traits: traits)
        }
    }

    private static func bind(
        host: String,
        port: Int,
        tables: [NIOLoopBound<ConnectionTable>],
        traits: ListenerTraits
    ) async throws -> Listener {
        let first = try await AcceptingSocket.bind(
            .host(host, port: port, sharesPort: false),
            table: tables[0],
            traits: traits
        )
        let bound = try await first.eventLoop.submit { first.value.channel?.localAddress?.port }
            .get()
        let address = ListenAddress.host(host, port: bound ?? port)
        guard tables.count > 1 else {
            return Listener(address: address, traits: traits, sockets: [first])
        }
        // A socket without SO_REUSEPORT keeps others from joining: it has done its work.
        try await Self.close(first)
        var sockets: [NIOLoopBound<AcceptingSocket>] = []
        do {
            for table in tables {
                let target = BindTarget.host(host, port: bound ?? port, sharesPort: true)
                sockets.append(
                    try await AcceptingSocket.bind(target, table: table, traits: traits)
                )
            }
        } catch {
            for socket in sockets { try? await Self.close(socket) }
            throw error
        }
        return Listener(address: address, traits: traits, sockets: sockets)
    }

    /// Binds a path; a socket file that nobody listens on any more is replaced.
    private static func bind(
        path: String,
        table: NIOLoopBound<ConnectionTable>,
        traits: ListenerTraits
    ) async throws -> NIOLoopBound<AcceptingSocket> {
        do {
            let target = BindTarget.unix(path: path, replaces: false)
            return try await AcceptingSocket.bind(target, table: table, traits: traits)
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            let other = try? await ClientBootstrap(group: table.eventLoop)
                .connect(unixDomainSocketPath: path).get()
            if let other {
                other.close(promise: nil)
                throw error
            }
            let target = BindTarget.unix(path: path, replaces: true)
            return try await AcceptingSocket.bind(target, table: table, traits: traits)
        }
    }

    private static func close(_ socket: NIOLoopBound<AcceptingSocket>) async throws {
        try await socket.eventLoop.flatSubmit { socket.value.close() }.get()
    }

    /// Stops accepting; connections go on.
    package func close() async {
        for socket in self.sockets { try? await Self.close(socket) }
        if case .unix(let path) = self.address { unlink(path) }
    }
}
