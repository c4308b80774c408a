internal import Glibc
package import NIOCore
internal import NIOPosix

/// The listening sockets of one entry of `listen`.
///
/// Of `host:port` each event loop has a socket of its own on the same port: the kernel spreads
/// connections over them, and a connection never leaves the loop that accepted it. The first bind
/// is tried without SO_REUSEPORT, unless the port is to be shared, so that a port in use by another
/// process is an error. A unix or inherited socket has one queue: what is accepted from it is
/// handed to all loops in turn.
package final class Listener: Sendable {
    package let settings: ListenerSettings
    /// What its connections have in common.
    package let traits: ListenerTraits
    /// Where clients connect, with the port that was chosen for port 0; several for inherited
    /// sockets of one name.
    package let addresses: [ListenAddress]
    let sockets: [NIOLoopBound<AcceptingSocket>]
    private let queues: [ListenerQueue]

    /// Connections that wait to be accepted; the kernel takes at most net.core.somaxconn.
    static let backlog: CInt = 4096

    private init(
        _ settings: ListenerSettings,
        _ traits: ListenerTraits,
        addresses: [ListenAddress],
        sockets: [NIOLoopBound<AcceptingSocket>] = [],
        queues: [ListenerQueue] = []
    ) {
        self.settings = settings
        self.traits = traits
        self.addresses = addresses
        self.sockets = sockets
        self.queues = queues
    }

    /// Where clients connect; the first of several.
    package var address: ListenAddress { self.addresses.first ?? self.settings.address }

    /// Binds a listener.
    ///
    /// - Parameters:
    ///   - settings: where; port 0 lets the kernel choose.
    ///   - tables: the connection tables of the loops that take connections, at least one.
    ///   - traits: what its connections have in common; TLS of the same loops.
    ///   - inherited: the sockets that the process was started with.
    /// - Returns: the listener, which accepts already.
    /// - Throws: `IOError`, `InheritedSocketError` or an error of name resolution; nothing is left
    ///   bound then.
    package static func bind(
        _ settings: ListenerSettings,
        tables: [NIOLoopBound<ConnectionTable>],
        traits: ListenerTraits = ListenerTraits(),
        inherited: InheritedSockets = .none
    ) async throws -> Listener {
        precondition(!tables.isEmpty)
        switch settings.address {
        case .host(let host, let port):
            let target = BindTarget(host: host, port: port, sharesPort: settings.sharesPort)
            let sockets = try await Self.bind(target, tables: tables, traits: traits)
            let address = ListenAddress.host(host, port: try await Self.port(sockets[0]) ?? port)
            return Listener(settings, traits, addresses: [address], sockets: sockets)
        case .unix(let path):
            var traits = traits
            traits.isUnix = true
            let queue = try ListenerQueue(path: path, tables: tables, traits: traits)
            return Listener(settings, traits, addresses: [settings.address], queues: [queue])
        case .inherited(let name):
            let found = try inherited.named(name)
            let addresses = try found.map { try $0.boundAddress() }
            var queues: [ListenerQueue] = []
            do {
                for (socket, address) in zip(found, addresses) {
                    var traits = traits
                    if case .unix = address { traits.isUnix = true }
                    queues.append(try ListenerQueue(socket, tables: tables, traits: traits))
                }
            } catch {
                for queue in queues { await queue.close() }
                throw error
            }
            return Listener(settings, traits, addresses: addresses, queues: queues)
        }
    }

    private static func bind(
        _ target: BindTarget,
        tables: [NIOLoopBound<ConnectionTable>],
        traits: ListenerTraits
    ) async throws -> [NIOLoopBound<AcceptingSocket>] {
        let first = try await AcceptingSocket.bind(target, table: tables[0], traits: traits)
        guard tables.count > 1 else { return [first] }
        var sockets = [first]
        do {
            let port = try await Self.port(first) ?? target.port
            if !target.sharesPort {
                // A socket without SO_REUSEPORT keeps others from joining: it has done its work.
                sockets.removeAll()
                try await Self.close(first)
            }
            let shared = BindTarget(host: target.host, port: port, sharesPort: true)
            for table in tables[sockets.count...] {
                sockets.append(
                    try await AcceptingSocket.bind(shared, table: table, traits: traits)
                )
            }
            return sockets
        } catch {
            for socket in sockets { try? await Self.close(socket) }
            throw error
        }
    }

    private static func port(_ socket: NIOLoopBound<AcceptingSocket>) async throws -> Int? {
        try await socket.eventLoop.submit { socket.value.channel?.localAddress?.port }.get()
    }

    private static func close(_ socket: NIOLoopBound<AcceptingSocket>) async throws {
        try await socket.eventLoop.flatSubmit { socket.value.close() }.get()
    }

    /// Stops accepting; connections go on.
    package func close() async {
        for socket in self.sockets { try? await Self.close(socket) }
        for queue in self.queues { await queue.close() }
    }
}
