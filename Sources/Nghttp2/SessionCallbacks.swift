internal import CNghttp2

/// The functions nghttp2 calls: each finds its session, tells the event on, and returns.
///
/// They capture nothing and never throw. What the events may do is said at ``HTTP2Session``.
enum SessionCallbacks {
    static func install(in callbacks: OpaquePointer) {
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks) { _, frame, user in
            SessionCallbacks.with(user) { SessionCallbacks.beganHeaders(frame, $0) }
        }
        nghttp2_session_callbacks_set_on_header_callback(callbacks) {
            _,
            frame,
            name,
            nameCount,
            value,
            valueCount,
            _,
            user in
            SessionCallbacks.with(user) { session in
                SessionCallbacks.header(
                    frame,
                    UnsafeRawBufferPointer(start: name, count: nameCount),
                    UnsafeRawBufferPointer(start: value, count: valueCount),
                    session
                )
            }
        }
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks) { _, frame, user in
            SessionCallbacks.with(user) { SessionCallbacks.frameReceived(frame, $0) }
        }
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks) {
            _,
            _,
            id,
            bytes,
            count,
            user in
            SessionCallbacks.with(user) { session in
                session.arrivedBytes &+= count
                guard count > 0, let stream = session.stream(id) else { return 0 }
                stream.receivedData(UnsafeRawBufferPointer(start: bytes, count: count))
                return 0
            }
        }
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks) { _, frame, user in
            SessionCallbacks.with(user) { SessionCallbacks.frameSent(frame, $0) }
        }
        nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks) {
            _,
            frame,
            code,
            user in
            SessionCallbacks.with(user) { SessionCallbacks.frameNotSent(frame, code, $0) }
        }
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks) { _, id, code, user in
            SessionCallbacks.with(user) { session in
                if let stream = session.stream(id) { session.close(stream, errorCode: code) }
                return 0
            }
        }
        nghttp2_session_callbacks_set_error_callback2(callbacks) { _, _, text, count, user in
            SessionCallbacks.with(user) { session in
                session.note.set(UnsafeRawBufferPointer(start: text, count: count))
                return 0
            }
        }
    }

    /// Reads a piece of a stream's body; given to nghttp2 with each request or answer.
    static let readBody: nghttp2_data_source_read_callback = { _, id, space, size, flags, _, user in
        guard let user else { return Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue) }
        let room = UnsafeMutableRawBufferPointer(start: space, count: size)
        return Unmanaged<HTTP2Session>.fromOpaque(user)._withUnsafeGuaranteedRef {
            SessionCallbacks.readBody(of: id, into: room, flags, $0)
        }
    }

    private static func readBody(
        of id: Int32,
        into space: UnsafeMutableRawBufferPointer,
        _ flags: UnsafeMutablePointer<UInt32>?,
        _ session: HTTP2Session
    ) -> Int {
        let failed = Int(NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue)
        guard let stream = session.stream(id) else { return failed }
        switch stream.readBody(into: space) {
        case .bytes(let count) where count > 0 && count <= space.count:
            return count
        case .end(let count) where count >= 0 && count <= space.count:
            flags?.pointee |= NGHTTP2_DATA_FLAG_EOF.rawValue
            if let trailers = stream.trailers {
                flags?.pointee |= NGHTTP2_DATA_FLAG_NO_END_STREAM.rawValue
                session.submitTrailers(trailers, stream: stream)
            }
            return count
        case .bytes(0), .deferred:
            return Int(NGHTTP2_ERR_DEFERRED.rawValue)
        case .bytes, .end:
            assertionFailure("a body wrote more than there was room for")
            fallthrough
        case .failed:
            stream.foreseenCause = .resetHere
            return failed
        }
    }

    // MARK: - Private

    /// Hands the session to `body` without retaining it.
    ///
    /// Whoever called `receive` or `send` holds it; retaining and releasing it in each of the
    /// thirteen callbacks of a call was a tenth of the client's side.
    @inline(__always)
    private static func with(
        _ user: UnsafeMutableRawPointer?,
        _ body: (HTTP2Session) -> Int32
    ) -> Int32 {
        guard let user else { return 0 }
        return Unmanaged<HTTP2Session>.fromOpaque(user)._withUnsafeGuaranteedRef(body)
    }

    /// All members of the union `nghttp2_frame` begin with the head: it is read without the rest.
    private static func head(_ frame: UnsafePointer<nghttp2_frame>) -> nghttp2_frame_hd {
        UnsafeRawPointer(frame).load(as: nghttp2_frame_hd.self)
    }

    private static func beganHeaders(
        _ frame: UnsafePointer<nghttp2_frame>?,
        _ session: HTTP2Session
    ) -> Int32 {
        guard let frame else { return 0 }
        let id = Self.head(frame).stream_id
        if frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
            session.requestBegan(id)
        } else {
            session.stream(id)?.beginHeaders()
        }
        return 0
    }

    private static func header(
        _ frame: UnsafePointer<nghttp2_frame>?,
        _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer,
        _ session: HTTP2Session
    ) -> Int32 {
        guard let frame, let stream = session.stream(Self.head(frame).stream_id)
        else { return 0 }
        let limits = (session.settings.maxHeaderBytes, session.settings.maxHeaderFields)
        if stream.takeHeader(name: name, value: value, limits: limits) { return 0 }
        session.reset(
            stream,
            errorCode: NGHTTP2_ENHANCE_YOUR_CALM.rawValue,
            cause: .headersTooLarge
        )
        // The rest of the block is only decompressed, to keep the tables of both sides equal.
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
    }

    private static func frameReceived(
        _ frame: UnsafePointer<nghttp2_frame>?,
        _ session: HTTP2Session
    ) -> Int32 {
        guard let frame else { return 0 }
        let head = Self.head(frame)
        let endsStream = UInt32(head.flags) & NGHTTP2_FLAG_END_STREAM.rawValue != 0
        switch UInt32(head.type) {
        case NGHTTP2_DATA.rawValue:
            if endsStream { session.stream(head.stream_id)?.receivedDataEnd() }
        case NGHTTP2_HEADERS.rawValue:
            session.stream(head.stream_id)?.endHeaders(endsStream: endsStream)
        case NGHTTP2_RST_STREAM.rawValue:
            if let stream = session.stream(head.stream_id), stream.foreseenCause == nil {
                stream.foreseenCause = .resetByPeer
            }
        case NGHTTP2_SETTINGS.rawValue:
            if UInt32(head.flags) & NGHTTP2_FLAG_ACK.rawValue == 0 { session.settingsReceived() }
        case NGHTTP2_PING.rawValue:
            guard UInt32(head.flags) & NGHTTP2_FLAG_ACK.rawValue != 0 else { break }
            let payload = withUnsafeBytes(of: frame.pointee.ping.opaque_data) {
                UInt64(bigEndian: $0.loadUnaligned(as: UInt64.self))
            }
            session.events?.pongReceived(payload: payload)
        case NGHTTP2_GOAWAY.rawValue:
            let goAway = frame.pointee.goaway
            session.lastSparedID = goAway.last_stream_id
            session.mustCloseWaiting = true
            session.goAwayCode = goAway.error_code
            session.events?.goAwayReceived(
                lastStreamID: goAway.last_stream_id,
                errorCode: goAway.error_code
            )
        default:
            break
        }
        return 0
    }

    private static func frameSent(
        _ frame: UnsafePointer<nghttp2_frame>?,
        _ session: HTTP2Session
    ) -> Int32 {
        guard let frame else { return 0 }
        let head = Self.head(frame)
        if UInt32(head.type) == NGHTTP2_HEADERS.rawValue {
            Self.unpin(session.stream(head.stream_id), frame)
        } else if UInt32(head.type) == NGHTTP2_GOAWAY.rawValue {
            session.goAwayCode = frame.pointee.goaway.error_code
            session.wasBroken = session.goAwayCode != 0 && !session.isTerminating
        }
        return 0
    }

    private static func frameNotSent(
        _ frame: UnsafePointer<nghttp2_frame>?,
        _ code: Int32,
        _ session: HTTP2Session
    ) -> Int32 {
        guard let frame else { return 0 }
        let head = Self.head(frame)
        guard UInt32(head.type) == NGHTTP2_HEADERS.rawValue,
            let stream = session.stream(head.stream_id)
        else { return 0 }
        Self.unpin(stream, frame)
        guard stream.foreseenCause == nil else { return 0 }
        if code == NGHTTP2_ERR_START_STREAM_NOT_ALLOWED.rawValue {
            stream.foreseenCause = .goneAway
        } else if code == NGHTTP2_ERR_FRAME_SIZE_ERROR.rawValue {
            stream.foreseenCause = .headersNotSent
        }
        return 0
    }

    /// The frame has been serialised: its names and values are not read any more.
    private static func unpin(_ stream: HTTP2Stream?, _ frame: UnsafePointer<nghttp2_frame>) {
        guard let stream else { return }
        if frame.pointee.headers.cat == NGHTTP2_HCAT_HEADERS {
            stream.pinnedTrailers = nil
        } else {
            stream.pinnedHead = nil
        }
    }
}
