internal import CNghttp2

/// The client's side of one HTTP/2 connection; see ``HTTP2Session`` for its rules.
public final class ClientSession: HTTP2Session {
    private var hasSettings = false

    /// Makes a session; its first `send` has the connection preface.
    public init(settings: SessionSettings = SessionSettings()) throws(SessionError) {
        try super.init(settings: settings, isServer: false)
    }

    /// The most streams the peer takes at once; before its SETTINGS, what is assumed of it.
    public var maxConcurrentStreams: UInt32 {
        guard self.hasSettings else { return self.settings.assumedPeerStreams }
        return nghttp2_session_get_remote_settings(
            self.session,
            NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS
        )
    }

    /// Whether the peer's SETTINGS have arrived.
    public var hasPeerSettings: Bool { self.hasSettings }

    /// Begins a stream; its HEADERS leave with the next `send`.
    ///
    /// Beyond ``maxConcurrentStreams`` it waits in the session until others have ended.
    ///
    /// - Parameters:
    ///   - headers: pseudo-header fields first; may be changed again at once (see there).
    ///   - stream: retained until its ``HTTP2Stream/closed(_:)``.
    ///   - hasBody: whether to ask ``HTTP2Stream/readBody(into:)``; else the stream ends with
    ///     its head.
    /// - Throws: when no stream can begin here; the stream is untouched then.
    public func submit(
        _ headers: HeaderBlock,
        stream: ClientStream,
        hasBody: Bool
    ) throws(SessionError) {
        try self.checkUsable()
        guard self.acceptsStreams else { throw self.draining() }
        guard !stream.isActive else {
            throw SessionError(kind: .misuse, text: "expected a closed stream, found an open one")
        }
        let user = Unmanaged.passUnretained(stream).toOpaque()
        var body = nghttp2_data_provider(
            source: nghttp2_data_source(fd: 0),
            read_callback: SessionCallbacks.readBody
        )
        let storage = headers.storage
        let id = storage.withFields { fields, count in
            hasBody
                ? nghttp2_submit_request(self.session, nil, fields, count, &body, user)
                : nghttp2_submit_request(self.session, nil, fields, count, nil, user)
        }
        guard id > 0 else {
            if id == NGHTTP2_ERR_STREAM_ID_NOT_AVAILABLE.rawValue {
                throw SessionError(kind: .streamIDsExhausted, text: "all stream numbers are used")
            }
            throw Self.error(id)
        }
        self.adopt(stream, id: id)
        stream.pinnedHead = storage
    }

    override func settingsReceived() {
        self.hasSettings = true
        self.events?.settingsChanged(maxConcurrentStreams: self.maxConcurrentStreams)
    }
}
