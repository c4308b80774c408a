internal import Glibc
internal import NIOCore

/// A listening socket of which all loops get connections, from bind to close.
struct ListenerQueue: Sendable {
    private let acceptor: SharedAcceptor
    private let end: EventLoopFuture<Void>
    private let descriptor: CInt
    /// Of a socket that was bound here.
    private let own: UnixSocket?

    /// Binds a path, and begins to accept.
    ///
    /// - Throws: `IOError`; nothing is left bound then.
    init(
        path: String,
        tables: [NIOLoopBound<ConnectionTable>],
        traits: ListenerTraits
    ) throws {
        let unix = try UnixSocket(path: path, backlog: Listener.backlog)
        do {
            try self.init(unix.descriptor, own: unix, tables: tables, traits: traits)
        } catch {
            unix.removeFile()
            _ = Glibc.close(unix.descriptor)
            throw error
        }
    }

    /// Begins to accept from an inherited socket, which has been checked.
    ///
    /// - Throws: `IOError`.
    init(
        _ socket: InheritedSockets.Socket,
        tables: [NIOLoopBound<ConnectionTable>],
        traits: ListenerTraits
    ) throws {
        try self.init(socket.descriptor, own: nil, tables: tables, traits: traits)
    }

    private init(
        _ descriptor: CInt,
        own: UnixSocket?,
        tables: [NIOLoopBound<ConnectionTable>],
        traits: ListenerTraits
    ) throws {
        self.descriptor = descriptor
        self.own = own
        self.acceptor = try SharedAcceptor(
            descriptor,
            isOwn: own != nil,
            tables: tables,
            traits: traits
        )
        self.end = self.acceptor.run()
    }

    /// Stops accepting; all that was accepted is with its loop then.
    func close() async {
        // Before all else: whoever takes over the path then finds it free, and nobody can come
        // behind the last one accepted.
        self.own?.removeFile()
        self.acceptor.stop()
        try? await self.end.get()
        await self.acceptor.shutDown()
        _ = Glibc.close(self.descriptor)
    }
}
