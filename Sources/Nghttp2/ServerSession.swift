internal import CNghttp2

/// What a server's session asks of its owner.
public protocol ServerSessionEvents: SessionEvents {
    /// A request begins: the object that takes its events, new or used before.
    func requestBegan() -> ServerStream
}

/// The server's side of one HTTP/2 connection; see ``HTTP2Session`` for its rules.
public final class ServerSession: HTTP2Session {
    private unowned let requests: any ServerSessionEvents

    /// Makes a session; its first `send` has the server's SETTINGS.
    ///
    /// `events` is the session's owner, which outlives it.
    public init(
        settings: SessionSettings = SessionSettings(),
        events: any ServerSessionEvents
    ) throws(SessionError) {
        self.requests = events
        try super.init(settings: settings, isServer: true)
        self.events = events
    }

    /// Sends the head of an answer, once for each stream.
    ///
    /// With a body, ``HTTP2Stream/readBody(into:)`` is asked next, and ``HTTP2Stream/trailers``
    /// follow its end; without one the stream ends here (gRPC's "trailers-only").
    public func respond(
        to stream: ServerStream,
        _ headers: HeaderBlock,
        hasBody: Bool
    ) throws(SessionError) {
        try self.checkUsable()
        guard self.owns(stream), !stream.hasAnswered else {
            throw SessionError(kind: .misuse, text: "expected an open stream without an answer")
        }
        var body = nghttp2_data_provider(
            source: nghttp2_data_source(fd: 0),
            read_callback: SessionCallbacks.readBody
        )
        let storage = headers.storage
        let result = storage.withFields { fields, count in
            hasBody
                ? nghttp2_submit_response(self.session, stream.id, fields, count, &body)
                : nghttp2_submit_response(self.session, stream.id, fields, count, nil)
        }
        guard result == 0 else { throw Self.error(result) }
        stream.hasAnswered = true
        stream.pinnedHead = storage
    }

    /// Says GOAWAY and lets the streams that have begun end; then the session is finished.
    public func drain() {
        guard self.acceptsStreams else { return }
        nghttp2_submit_goaway(
            self.session,
            UInt8(NGHTTP2_FLAG_NONE.rawValue),
            nghttp2_session_get_last_proc_stream_id(self.session),
            NGHTTP2_NO_ERROR.rawValue,
            nil,
            0
        )
    }

    override func requestBegan(_ id: Int32) {
        // Bytes behind an event that ended the session may still hold requests.
        guard self.acceptsStreams else { return self.refuse(id) }
        let stream = self.requests.requestBegan()
        guard !stream.isActive else { return self.refuse(id) }
        stream.hasAnswered = false
        self.adopt(stream, id: id)
        nghttp2_session_set_stream_user_data(
            self.session,
            id,
            Unmanaged.passUnretained(stream).toOpaque()
        )
    }

    private func refuse(_ id: Int32) {
        nghttp2_submit_rst_stream(
            self.session,
            UInt8(NGHTTP2_FLAG_NONE.rawValue),
            id,
            NGHTTP2_REFUSED_STREAM.rawValue
        )
    }
}
