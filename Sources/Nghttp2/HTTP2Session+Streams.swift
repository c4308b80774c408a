internal import CNghttp2

/// What may be asked of a session about its streams and its connection.
extension HTTP2Session {
    /// Asks the stream's body again, which had said ``BodyRead/deferred``.
    public func resume(_ stream: HTTP2Stream) {
        guard self.owns(stream), self.failure == nil else { return }
        // It fails when nothing is deferred, which is as well: the body will be asked anyway.
        nghttp2_session_resume_data(self.session, stream.id)
    }

    /// Ends a stream with RST_STREAM; ``HTTP2Stream/closed(_:)`` comes out of the next `send`.
    ///
    /// Nothing but that is told of the stream from now on. A stream that waits for the peer's limit
    /// is closed when its turn would have come, and is never sent.
    ///
    /// `errorCode` is one of RFC 9113, section 7; 8 is CANCEL.
    public func reset(_ stream: HTTP2Stream, errorCode: UInt32) {
        guard self.owns(stream), self.failure == nil else { return }
        self.reset(stream, errorCode: errorCode, cause: .resetHere)
    }

    /// Lets the peer send `bytes` more on a stream; a stream that has closed is no mistake.
    public func credit(_ stream: HTTP2Stream, bytes: Int) {
        guard bytes > 0, self.owns(stream), self.failure == nil else { return }
        nghttp2_session_consume_stream(self.session, stream.id, bytes)
    }

    /// Sends a ping whose answer comes as ``SessionEvents/pongReceived(payload:)``.
    public func ping(payload: UInt64) {
        guard self.failure == nil else { return }
        withUnsafeBytes(of: payload.bigEndian) {
            _ = nghttp2_submit_ping(
                self.session,
                UInt8(NGHTTP2_FLAG_NONE.rawValue),
                $0.baseAddress?.assumingMemoryBound(to: UInt8.self)
            )
        }
    }
}
