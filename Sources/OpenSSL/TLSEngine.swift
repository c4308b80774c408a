public import Bytes
internal import COpenSSL

/// One TLS connection without its socket: ciphertext in, plaintext out, and the other way round.
///
/// It owns the C object and belongs to one event loop. Nothing that arrives is buffered but a record
/// that is not complete, of at most 16 KiB and a little, inside OpenSSL; what is to be sent waits
/// until it is taken, which should be after every call.
///
/// **Life.** `start`, then `receive` until the handshake is over (`session` is there), then `write`
/// and `receive`; `close` says close_notify, after which the peer may still be received from. After
/// a failure, what waits to be sent is the alert that tells the peer, and nothing else happens.
///
/// **Bounds.** A handshake of more than ``maxHandshakeBytes`` fails; so does a peer that makes this
/// side answer (with key updates, for instance) out of proportion to what it sends.
public final class TLSEngine {
    /// The most bytes of a peer that a handshake may take.
    public static let maxHandshakeBytes = 262_144
    /// The least plaintext space worth giving to `receive`: what one record holds (RFC 8446, 5.1).
    public static let recordBytes = 16384

    /// What was agreed on; nil while the handshake runs.
    public internal(set) var session: TLSSession?
    /// Whether the peer has said close_notify: nothing more comes.
    public internal(set) var hasPeerClosed = false
    /// Whether this side has said close_notify: nothing more can be written.
    public internal(set) var hasClosed = false
    /// Why the connection cannot go on.
    public internal(set) var failure: TLSError?

    let connection: OpaquePointer
    let wire = MemoryWire()
    let serverContext: TLSServerContext?
    let clientContext: TLSClientContext?
    /// The name whose certificate a client expects; empty for a server.
    let expectedName: String
    private var handshakeBytes = 0
    private var plaintextBytes = 0
    private var answerBytes = 0

    /// Bytes of answers that a peer may cause, and the bytes of plaintext that earn it one more.
    ///
    /// An answer to a key update is 27 bytes.
    private static let freeAnswerBytes = 16384
    private static let plaintextPerAnswerByte = 1024

    /// Makes the server's side of a connection.
    ///
    /// - Throws: `outOfMemory`.
    public init(server context: TLSServerContext) throws(TLSError) {
        self.connection = try Self.makeConnection(context.handle)
        self.serverContext = context
        self.clientContext = nil
        self.expectedName = ""
        SSL_set_accept_state(self.connection)
        try self.attach()
    }

    /// Makes the client's side of a connection.
    ///
    /// - Parameters:
    ///   - context: roots and settings.
    ///   - name: the host name or address that the backend's certificate must be for.
    /// - Throws: `unusable` for a name that no certificate can have; `outOfMemory`.
    public init(client context: TLSClientContext, serverName name: String) throws(TLSError) {
        self.connection = try Self.makeConnection(context.handle)
        self.serverContext = nil
        self.clientContext = context
        self.expectedName = name
        SSL_set_connect_state(self.connection)
        try self.attach()
        try self.expect(name)
        context.sessions.offer(on: self.connection, name: name)
    }

    deinit {
        if self.failure == nil || self.failure?.kind == .truncated {
            // Else freeing a connection that did not say goodbye spoils its session, a rule of
            // TLS 1.0 that RFC 4346, 7.2.1 took back.
            SSL_set_shutdown(self.connection, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN)
        }
        SSL_free(self.connection)
    }

    /// The engine of a C object, for callbacks; it lives as long as the object does.
    static func engine(of connection: OpaquePointer?) -> TLSEngine? {
        guard let connection, let pointer = SSL_get_ex_data(connection, 0) else { return nil }
        return Unmanaged<TLSEngine>.fromOpaque(pointer).takeUnretainedValue()
    }

    private static func makeConnection(_ context: ContextHandle) throws(TLSError) -> OpaquePointer {
        ErrorQueue.clear()
        guard let connection = SSL_new(context.pointer) else {
            throw ErrorQueue.setUpError("expected a TLS connection", kind: .outOfMemory)
        }
        return connection
    }

    private func attach() throws(TLSError) {
        guard let wire = self.wire.makeBIO() else {
            throw TLSError(kind: .outOfMemory, text: "no memory for a TLS connection")
        }
        // One BIO for both directions; the connection owns it.
        SSL_set_bio(self.connection, wire, wire)
        SSL_set_ex_data(self.connection, 0, Unmanaged.passUnretained(self).toOpaque())
    }

    // MARK: - In

    /// Begins the handshake: a client's hello waits to be sent.
    public func start() {
        guard self.session == nil, self.failure == nil else { return }
        self.continueHandshake()
    }

    /// Takes bytes of the peer, in any chunking.
    ///
    /// Call it again while `consumed` is less than what was given or `produced` fills the space,
    /// unless it failed. Nothing is consumed after the peer's close_notify but to be dropped.
    ///
    /// - Parameters:
    ///   - ciphertext: what arrived; not kept.
    ///   - space: memory for plaintext, not empty; of ``recordBytes`` or more it is used best.
    /// - Returns: how far it came, and the failure if there is one.
    public func receive(
        _ ciphertext: UnsafeRawBufferPointer,
        into space: UnsafeMutableRawBufferPointer
    ) -> TLSReceipt {
        var receipt = TLSReceipt()
        receipt.failure = self.failure
        guard self.failure == nil else { return receipt }
        self.wire.input = ciphertext
        if self.session == nil { self.receiveHandshake() }
        if self.session != nil, self.failure == nil, !self.hasPeerClosed {
            self.receivePlaintext(into: space, &receipt)
        }
        let isOver = self.failure != nil || self.hasPeerClosed
        receipt.consumed = isOver ? ciphertext.count : ciphertext.count - self.wire.input.count
        receipt.failure = self.failure
        self.wire.input = UnsafeRawBufferPointer(start: nil, count: 0)
        return receipt
    }

    /// Takes bytes of the peer and appends all plaintext they hold.
    ///
    /// - Throws: why the connection cannot go on, also when the plaintext exceeds the buffer's limit.
    public func receive(
        _ ciphertext: UnsafeRawBufferPointer,
        into plaintext: inout OutputBuffer
    ) throws(TLSError) {
        var rest = ciphertext
        var hasMore = true
        while hasMore {
            var receipt = TLSReceipt()
            plaintext.append(maximum: Self.recordBytes) { space in
                receipt = self.receive(rest, into: space)
                return receipt.produced
            }
            if let failure = receipt.failure { throw failure }
            guard !plaintext.isOverLimit else {
                throw self.fail(.tooMuch, "expected less plaintext than a buffer's limit")
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(receipt.consumed))
            hasMore = receipt.produced == Self.recordBytes || !rest.isEmpty
        }
    }

    /// The peer's bytes have ended.
    ///
    /// - Throws: `truncated` when they ended without close_notify, so that what was received may lack
    ///   its end (RFC 8446, 6.1).
    public func receivedEnd() throws(TLSError) {
        if let failure = self.failure { throw failure }
        guard !self.hasPeerClosed else { return }
        let text =
            self.session == nil
            ? "expected the end of the TLS handshake, found the end of the connection"
            : "expected close_notify, found the end of the connection"
        throw self.fail(.truncated, text)
    }

    private func receiveHandshake() {
        let given = self.wire.input
        // A TLS record begins with its type, 20 to 24 (RFC 8446, 5.1); a request with a method.
        if self.serverContext != nil, self.handshakeBytes == 0, let first = given.first,
            (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first)
        {
            self.fail(.plainHTTP, "expected a TLS handshake, found what looks like plain HTTP")
            return
        }
        self.continueHandshake()
        self.handshakeBytes += given.count - self.wire.input.count
        if self.session == nil, self.failure == nil, self.handshakeBytes > Self.maxHandshakeBytes {
            self.fail(
                .tooMuch,
                "expected a handshake of at most \(Self.maxHandshakeBytes) bytes, found more"
            )
        }
    }

    private func receivePlaintext(
        into space: UnsafeMutableRawBufferPointer,
        _ receipt: inout TLSReceipt
    ) {
        guard let start = space.baseAddress else { return }
        let waiting = self.wire.output.count
        reading: while receipt.produced < space.count {
            var count = 0
            ErrorQueue.clear()
            let result = SSL_read_ex(
                self.connection,
                start + receipt.produced,
                space.count - receipt.produced,
                &count
            )
            if result == 1 {
                receipt.produced += count
                continue
            }
            switch SSL_get_error(self.connection, result) {
            case SSL_ERROR_WANT_READ:
                break reading
            case SSL_ERROR_ZERO_RETURN:
                self.hasPeerClosed = true
                break reading
            default:
                self.failFromQueue()
                break reading
            }
        }
        self.plaintextBytes &+= receipt.produced
        self.answerBytes &+= self.wire.output.count - waiting
        let allowed = Self.freeAnswerBytes &+ self.plaintextBytes / Self.plaintextPerAnswerByte
        if self.failure == nil, self.answerBytes > allowed {
            self.fail(.tooMuch, "expected application bytes, found requests for new keys only")
        }
    }
}
