internal import CNghttp2

/// Makes C sessions with Transom's options and callbacks.
enum SessionFactory {
    static func make(
        settings: SessionSettings,
        isServer: Bool
    ) throws(SessionError) -> OpaquePointer {
        var callbacks: OpaquePointer?
        var option: OpaquePointer?
        var session: OpaquePointer?
        defer {
            nghttp2_session_callbacks_del(callbacks)
            nghttp2_option_del(option)
        }
        guard nghttp2_session_callbacks_new(&callbacks) == 0, nghttp2_option_new(&option) == 0,
            let callbacks, let option
        else { throw Self.outOfMemory }
        SessionCallbacks.install(in: callbacks)
        Self.set(option, settings)
        let result =
            isServer
            ? nghttp2_session_server_new2(&session, callbacks, nil, option)
            : nghttp2_session_client_new2(&session, callbacks, nil, option)
        guard result == 0, let session else { throw Self.outOfMemory }
        return session
    }

    /// Queues SETTINGS and opens the connection's window, so that both leave with the first bytes.
    static func submitPreface(
        _ session: OpaquePointer,
        settings: SessionSettings,
        isServer: Bool
    ) throws(SessionError) {
        var entries = [
            Self.entry(NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, UInt32(max(0, settings.streamWindow))),
            Self.entry(
                NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
                UInt32(clamping: settings.maxHeaderBytes)
            ),
        ]
        if isServer {
            let most = settings.maxConcurrentStreams
            entries.append(Self.entry(NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, most))
            // RFC 9218, section 2.1: a peer need not spend thought on a tree of priorities.
            entries.append(Self.entry(NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1))
        } else {
            entries.append(Self.entry(NGHTTP2_SETTINGS_ENABLE_PUSH, 0))
        }
        let none = UInt8(NGHTTP2_FLAG_NONE.rawValue)
        var result = nghttp2_submit_settings(session, none, entries, entries.count)
        if result == 0 {
            let window = max(65535, settings.connectionWindow)
            result = nghttp2_session_set_local_window_size(session, none, 0, window)
        }
        guard result == 0 else { throw HTTP2Session.error(result) }
    }

    private static func set(_ option: OpaquePointer, _ settings: SessionSettings) {
        nghttp2_option_set_no_auto_window_update(option, 1)
        nghttp2_option_set_peer_max_concurrent_streams(option, settings.assumedPeerStreams)
        nghttp2_option_set_max_reserved_remote_streams(option, 0)
        nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(option, 1)
        nghttp2_option_set_no_closed_streams(option, 1)
        nghttp2_option_set_max_outbound_ack(option, settings.maxOutboundAcknowledgements)
        nghttp2_option_set_max_settings(option, settings.maxSettingsEntries)
        nghttp2_option_set_stream_reset_rate_limit(
            option,
            settings.resetBurst,
            settings.resetsPerSecond
        )
    }

    private static func entry(
        _ id: nghttp2_settings_id,
        _ value: UInt32
    ) -> nghttp2_settings_entry {
        nghttp2_settings_entry(settings_id: Int32(bitPattern: id.rawValue), value: value)
    }

    private static var outOfMemory: SessionError {
        SessionError(kind: .outOfMemory, text: "no memory for an HTTP/2 session")
    }
}
