internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Accepts from a socket with one queue, and hands its connections to all loops in turn.
///
/// It waits on a thread of its own. A listening channel of NIO's on one of the loops would do for a
/// unix socket, but not for an inherited one: when another process has been faster, a socket that
/// was readable has nothing to accept, which NIO asserts never to happen.
final class SharedAcceptor: Sendable {
    private let descriptor: CInt
    /// Whether no other process accepts from the socket.
    private let isOwn: Bool
    private let tables: [NIOLoopBound<ConnectionTable>]
    private let traits: ListenerTraits
    private let stopping: StopPipe
    private let threads = NIOThreadPool(numberOfThreads: 1)

    /// How long to wait when accepting fails (EMFILE and the like): long enough to cost nothing,
    /// short enough for a client that waits.
    private static let pauseMilliseconds: CInt = 500

    /// Begins to accept.
    ///
    /// - Parameters:
    ///   - descriptor: listens; it stays the caller's.
    ///   - isOwn: whether no other process accepts from it.
    ///   - tables: those of the loops that take connections, at least one.
    ///   - traits: what its connections have in common.
    /// - Throws: `IOError`.
    init(
        _ descriptor: CInt,
        isOwn: Bool,
        tables: [NIOLoopBound<ConnectionTable>],
        traits: ListenerTraits
    ) throws {
        precondition(!tables.isEmpty)
        self.descriptor = descriptor
        self.isOwn = isOwn
        self.tables = tables
        self.traits = traits
        self.stopping = try StopPipe()
        // Where others take what is there, a waiting accept would wait for ever.
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        self.threads.start()
    }

    /// Accepts until it is stopped.
    func run() -> EventLoopFuture<Void> {
        self.threads.runIfActive(eventLoop: self.tables[0].eventLoop) { self.acceptAll() }
    }

    /// Has `run` end.
    ///
    /// What waits in the queue of an own socket is accepted first, since the kernel resets it when
    /// the socket is closed; that of a shared one is left to the others. All that was accepted is
    /// with its loop when `run` has ended.
    func stop() {
        self.stopping.stop()
    }

    /// Ends the thread, behind `run`.
    func shutDown() async {
        try? await self.threads.shutdownGracefully()
    }

    private func acceptAll() {
        var next = 0
        var isPaused = false
        while true {
            // A negative descriptor is passed over.
            let descriptor = isPaused ? -1 : self.descriptor
            var asked = [
                pollfd(fd: self.stopping.descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&asked, 2, isPaused ? Self.pauseMilliseconds : -1)
            guard asked[0].revents == 0 || count <= 0 else { break }
            isPaused = !self.acceptWaiting(&next)
        }
        if self.isOwn { _ = self.acceptWaiting(&next) }
    }

    /// Accepts what waits; false when it cannot.
    private func acceptWaiting(_ next: inout Int) -> Bool {
        for _ in 0..<Listener.backlog {
            let accepted = accept(self.descriptor, nil, nil)
            if accepted >= 0 {
                // accept4(2) is not there for Swift; the channel sets the rest.
                _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
                self.hand(accepted, to: self.tables[next % self.tables.count])
                next &+= 1
                continue
            }
            switch errno {
            case EAGAIN: return true
            case EMFILE, ENFILE, ENOBUFS, ENOMEM, EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP: return false
            // What befell one connection (accept(2), "Error handling"), or a signal.
            default: continue
            }
        }
        return true
    }

    private func hand(_ descriptor: CInt, to table: NIOLoopBound<ConnectionTable>) {
        let traits = self.traits
        table.eventLoop.execute {
            _ = ClientBootstrap(group: table.eventLoop)
                .channelOption(.maxMessagesPerRead, value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        // A channel that is closed already must not be registered.
                        guard try traits.setUp(channel, table: table.value) else {
                            throw ChannelError.ioOnClosedChannel
                        }
                    }
                }
                .withConnectedSocket(descriptor)
        }
    }
}

/// A descriptor that becomes readable when something is to stop.
private final class StopPipe: Sendable {
    let descriptor: CInt
    private let other: CInt

    init() throws {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else { throw IOError(errnoCode: errno, reason: "pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.descriptor = ends[0]
        self.other = ends[1]
    }

    deinit {
        close(self.descriptor)
        close(self.other)
    }

    func stop() {
        var byte: UInt8 = 0
        _ = write(self.other, &byte, 1)
    }
}
