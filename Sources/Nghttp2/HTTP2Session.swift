public import Bytes
internal import CNghttp2

/// One HTTP/2 connection without its socket: bytes in, events out; calls in, bytes out.
///
/// What ``ClientSession`` and ``ServerSession`` share. It owns the C session and all streams that
/// are open on it, and belongs to one event loop.
///
/// **What may be done in an event.** nghttp2 allows frames to be submitted from its callbacks, but
/// neither input nor output. So `submit`, `respond`, `reset`, `resume`, `credit`, `ping` and
/// `terminate` may be called from the events that come out of `receive`, and from
/// ``HTTP2Stream/closed(_:)`` wherever it comes from; they only queue. `receive` and `send` may not
/// and throw ``SessionError/Kind/misuse``. Whoever drives the session calls `send` afterwards, once
/// for all that was queued.
///
/// **Windows.** The connection's window is credited as bytes arrive, so that a stream whose client
/// is slow does not stop the others; a stream's is credited by its owner.
///
/// **The end.** Every stream is closed exactly once, whatever ends the session. When `isFinished`
/// says so after a `send`, the connection is to be closed.
///
/// Whoever calls `receive` or `send` holds the session until they return. Do not refer to sessions,
/// or to streams, weakly: in a round trip that doubled what Swift's part of it costs.
public class HTTP2Session {
    /// The limits it was made with.
    public let settings: SessionSettings
    /// Who hears of the connection as a whole: its owner, which outlives it or clears this.
    ///
    /// Not weak: an object that is referenced weakly pays for it at each retain, and this one is
    /// likely to be retained often.
    public unowned var events: (any SessionEvents)?

    let session: OpaquePointer
    /// All open streams, retained; a stream knows its place.
    var streams: ContiguousArray<HTTP2Stream> = []
    /// Header memory of streams that were closed before nghttp2 was done with it.
    var keptStorage: [HeaderStorage] = []
    var keptStreams: [HTTP2Stream] = []
    private var isBusy = false
    var failure: SessionError?
    var isTerminating = false
    /// Bytes of DATA since the connection's window was last credited.
    var arrivedBytes = 0
    /// What nghttp2 said last about a fault.
    var note = FaultNote()
    /// The error code of the last GOAWAY, of either side.
    var goAwayCode: UInt32 = 0
    /// Whether this side has said GOAWAY because the peer broke the protocol.
    var wasBroken = false
    /// The last stream a GOAWAY of the peer spares; nil before one has come.
    var lastSparedID: Int32?
    var mustCloseWaiting = false

    init(settings: SessionSettings, isServer: Bool) throws(SessionError) {
        self.settings = settings
        self.session = try SessionFactory.make(settings: settings, isServer: isServer)
        nghttp2_session_set_user_data(self.session, Unmanaged.passUnretained(self).toOpaque())
        try SessionFactory.submitPreface(self.session, settings: settings, isServer: isServer)
    }

    deinit {
        nghttp2_session_del(self.session)
        let end = StreamEnd(errorCode: self.goAwayCode, cause: .sessionEnded)
        while let stream = self.streams.popLast() {
            stream.place = -1
            stream.pinnedHead = nil
            stream.pinnedTrailers = nil
            stream.closed(end)
        }
    }

    // MARK: - State

    /// The number of streams that have begun, or wait to begin, and are not closed.
    public var openStreams: Int { self.streams.count }

    /// Whether new streams may begin: neither side has said GOAWAY and nothing has failed.
    public var acceptsStreams: Bool {
        self.failure == nil && !self.isTerminating && self.lastSparedID == nil
    }

    /// Whether there is something for `send` to put out.
    public var wantsToSend: Bool {
        self.failure == nil && nghttp2_session_want_write(self.session) != 0
    }

    /// Whether nothing can happen any more, so that the connection is to be closed.
    public var isFinished: Bool {
        self.failure != nil
            || (nghttp2_session_want_read(self.session) == 0
                && nghttp2_session_want_write(self.session) == 0)
    }

    // MARK: - Bytes

    /// Takes bytes of the peer, in any chunking, and calls the events they cause.
    ///
    /// A fault that HTTP/2 answers with GOAWAY does not throw: the GOAWAY is queued, and after the
    /// next `send` the session is finished.
    ///
    /// - Throws: when the connection has to be closed without a further word; all streams have
    ///   been closed then.
    public func receive(_ bytes: UnsafeRawBufferPointer) throws(SessionError) {
        try self.enter()
        let result = nghttp2_session_mem_recv(
            self.session,
            bytes.baseAddress?.assumingMemoryBound(to: UInt8.self),
            bytes.count
        )
        self.isBusy = false
        guard result >= 0 else { throw self.fail(Int32(clamping: result)) }
        if self.arrivedBytes > 0 {
            nghttp2_session_consume_connection(self.session, self.arrivedBytes)
            self.arrivedBytes = 0
        }
        if self.mustCloseWaiting { self.closeWaiting() }
    }

    /// Appends what waits to be sent, at most about `settings.drainBytes` or the buffer's limit.
    ///
    /// - Returns: whether more waits, so that it should be called again when this is written.
    /// - Throws: when the connection has to be closed; all streams have been closed then.
    @discardableResult
    public func send(into output: inout OutputBuffer) throws(SessionError) -> Bool {
        try self.enter()
        // A frame's piece is at most 16 KiB and a head; the limit must leave room for one more.
        let room = output.limit - output.count - 32768
        let bound = min(self.settings.drainBytes, room)
        var drained = 0
        while drained < bound {
            var bytes: UnsafePointer<UInt8>?
            let count = nghttp2_session_mem_send(self.session, &bytes)
            guard count > 0 else {
                self.isBusy = false
                guard count == 0 else { throw self.fail(Int32(clamping: count)) }
                self.closeAllIfFinished()
                return false
            }
            output.append(UnsafeRawBufferPointer(start: bytes, count: count))
            drained += count
        }
        self.isBusy = false
        guard !output.isOverLimit else { throw self.failOutput() }
        return nghttp2_session_want_write(self.session) != 0
    }

    // MARK: - For callbacks and subclasses

    /// The stream nghttp2 names, unless it is unknown or has been let go of.
    func stream(_ id: Int32) -> HTTP2Stream? {
        guard let pointer = nghttp2_session_get_stream_user_data(self.session, id) else {
            return nil
        }
        return Unmanaged<HTTP2Stream>.fromOpaque(pointer).takeUnretainedValue()
    }

    func owns(_ stream: HTTP2Stream) -> Bool {
        stream.place >= 0 && stream.place < self.streams.count
            && self.streams[stream.place] === stream
    }

    func adopt(_ stream: HTTP2Stream, id: Int32) {
        stream.begin(id: id)
        stream.place = self.streams.count
        self.streams.append(stream)
    }

    func reset(_ stream: HTTP2Stream, errorCode: UInt32, cause: StreamEnd.Cause) {
        if stream.foreseenCause == nil { stream.foreseenCause = cause }
        nghttp2_submit_rst_stream(
            self.session,
            UInt8(NGHTTP2_FLAG_NONE.rawValue),
            stream.id,
            errorCode
        )
    }

    /// The peer's SETTINGS have arrived.
    func settingsReceived() {}

    /// A request has begun; only servers have them.
    func requestBegan(_ id: Int32) {}

    /// Queues the trailers of a body that has ended; called while the body is read.
    func submitTrailers(_ trailers: HeaderBlock, stream: HTTP2Stream) {
        let storage = trailers.storage
        stream.trailers = nil
        stream.pinnedTrailers = storage
        storage.withFields { fields, count in
            _ = nghttp2_submit_trailer(self.session, stream.id, fields, count)
        }
    }

    func checkUsable() throws(SessionError) {
        if let failure = self.failure { throw failure }
    }

    func draining() -> SessionError {
        SessionError(kind: .draining, text: "expected a session that takes streams, found GOAWAY")
    }

    static func error(_ code: Int32) -> SessionError {
        let text = nghttp2_strerror(code).map { String(cString: $0) } ?? "error \(code)"
        return SessionError(
            kind: code == NGHTTP2_ERR_NOMEM.rawValue ? .outOfMemory : .protocolViolation,
            text: "HTTP/2: \(text)"
        )
    }

    // MARK: - Private

    private func enter() throws(SessionError) {
        if let failure = self.failure { throw failure }
        guard !self.isBusy else {
            throw SessionError(
                kind: .misuse,
                text: "expected receive and send outside of a session's events"
            )
        }
        self.isBusy = true
    }
}
