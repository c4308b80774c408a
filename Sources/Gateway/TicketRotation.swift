internal import FrontDoor
internal import NIOCore
internal import OpenSSL

/// Gives the listeners fresh keys for session tickets from time to time.
///
/// Whoever learns a ticket key can read the recorded sessions that were resumed with its tickets, so
/// none may live long, and none is ever written down. All loops of all listeners have the same keys: a
/// client may come back to any.
enum TicketRotation {
    /// How long a key seals tickets; as long again it still opens them.
    ///
    /// A session is resumed for two hours at most, so that every ticket outlives its session. OpenSSL,
    /// nginx and Envoy leave keys for as long as the process lives; half a day is what Cloudflare and
    /// Twitter have told of their own.
    private static let interval = TimeAmount.hours(12)

    /// Keys of random bytes.
    static func makeKeys() throws(TLSError) -> TicketKeys {
        TicketKeys(try self.makeKey())
    }

    /// Begins to rotate; it ends with the loop.
    static func start(_ keys: TicketKeys, of listeners: [ListenerTLS], on loop: any EventLoop) {
        guard !listeners.isEmpty else { return }
        loop.execute {
            let current = NIOLoopBoundBox(keys, eventLoop: loop)
            loop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in
                guard let key = try? Self.makeKey() else { return }
                current.value.rotate(to: key)
                for listener in listeners { listener.use(current.value) }
            }
        }
    }

    /// A key of the system's cryptographic random source, which Swift's is on Linux (getrandom(2)).
    private static func makeKey() throws(TLSError) -> TicketKey {
        var source = SystemRandomNumberGenerator()
        return try TicketKey((0..<TicketKey.byteCount).map { _ in source.next() })
    }
}
