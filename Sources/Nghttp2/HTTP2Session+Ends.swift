internal import CNghttp2

/// How sessions and streams end: each stream is closed once, whoever ends it.
extension HTTP2Session {
    /// Ends the session at once: queues GOAWAY and closes all streams before it returns.
    ///
    /// After a last `send` the session is finished.
    public func terminate(errorCode: UInt32) {
        guard self.failure == nil, !self.isTerminating else { return }
        self.isTerminating = true
        self.goAwayCode = errorCode
        nghttp2_session_terminate_session(self.session, errorCode)
        self.closeAll(StreamEnd(errorCode: errorCode, cause: .sessionEnded))
    }

    /// Tells that the connection is gone: closes all streams; the session takes nothing any more.
    public func connectionLost() {
        guard self.failure == nil else { return }
        self.failure = SessionError(kind: .ended, text: "the connection was lost")
        self.closeAll(StreamEnd(errorCode: self.goAwayCode, cause: .sessionEnded))
    }

    // MARK: - For callbacks

    /// Ends a stream that nghttp2 is done with, or is about to be.
    func close(_ stream: HTTP2Stream, errorCode: UInt32) {
        let isAbove = self.lastSparedID.map { stream.id > $0 && errorCode == 7 } ?? false
        let cause =
            stream.foreseenCause
            ?? (isAbove ? .goneAway : errorCode == 0 ? .finished : .protocolViolation)
        self.release(stream)
        stream.closed(StreamEnd(errorCode: errorCode, cause: cause))
    }

    // MARK: - For the session

    func fail(_ code: Int32) -> SessionError {
        var error = Self.error(code)
        if let note = self.note.text { error.text += ": \(note)" }
        self.failure = error
        let isBroken = error.kind == .protocolViolation
        self.closeAll(
            StreamEnd(
                errorCode: NGHTTP2_PROTOCOL_ERROR.rawValue,
                cause: isBroken ? .sessionBroken : .sessionEnded
            )
        )
        return error
    }

    func failOutput() -> SessionError {
        let error = SessionError(kind: .misuse, text: "the output buffer's limit is too small")
        self.failure = error
        self.closeAll(StreamEnd(errorCode: NGHTTP2_INTERNAL_ERROR.rawValue, cause: .sessionEnded))
        return error
    }

    func closeAllIfFinished() {
        guard !self.streams.isEmpty, self.isFinished else { return }
        self.closeAll(
            StreamEnd(
                errorCode: self.goAwayCode,
                cause: self.wasBroken ? .sessionBroken : .sessionEnded
            )
        )
    }

    /// Closes what nghttp2 still knows: its pointers to the streams are taken back.
    private func closeAll(_ end: StreamEnd) {
        while let stream = self.streams.last {
            self.takeBack(stream)
            stream.closed(end)
        }
    }

    /// Closes streams that have not begun when the peer has said GOAWAY: they never will.
    func closeWaiting() {
        self.mustCloseWaiting = false
        let end = StreamEnd(errorCode: NGHTTP2_REFUSED_STREAM.rawValue, cause: .goneAway)
        var index = self.streams.count - 1
        while index >= 0 {
            defer { index = min(index, self.streams.count) - 1 }
            guard index < self.streams.count else { continue }
            let stream = self.streams[index]
            let isKnown = nghttp2_session_get_stream_user_data(self.session, stream.id) != nil
            guard !isKnown else { continue }
            self.takeBack(stream)
            stream.closed(end)
        }
    }

    private func takeBack(_ stream: HTTP2Stream) {
        if let storage = stream.pinnedHead { self.keptStorage.append(storage) }
        if let storage = stream.pinnedTrailers { self.keptStorage.append(storage) }
        if nghttp2_session_set_stream_user_data(self.session, stream.id, nil) != 0 {
            // Not found is what is wanted; should it ever mean less, the object stays valid.
            self.keptStreams.append(stream)
        }
        self.release(stream)
    }

    private func release(_ stream: HTTP2Stream) {
        stream.pinnedHead = nil
        stream.pinnedTrailers = nil
        guard self.owns(stream) else { return }
        let place = stream.place
        stream.place = -1
        let last = self.streams.removeLast()
        guard last !== stream else { return }
        last.place = place
        self.streams[place] = last
    }
}
