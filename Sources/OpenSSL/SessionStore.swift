internal import COpenSSL

/// Owns the last session with each name, for resumption.
final class SessionStore {
    private var sessions: [String: OpaquePointer] = [:]
    private let limit: Int

    init(limit: Int) {
        self.limit = limit
    }

    deinit {
        for session in self.sessions.values { SSL_SESSION_free(session) }
    }

    /// Keeps a session, whose reference it takes, in the place of the last one.
    ///
    /// - Returns: false, and the reference is not taken, when sessions of too many names are kept.
    func keep(_ session: OpaquePointer, for name: String) -> Bool {
        guard self.limit > 0 else { return false }
        if self.sessions[name] == nil, self.sessions.count >= self.limit {
            // Any of them: a gateway speaks to fewer names than are kept, or resumes rarely.
            guard let other = self.sessions.popFirst() else { return false }
            SSL_SESSION_free(other.value)
        }
        if let old = self.sessions.updateValue(session, forKey: name) { SSL_SESSION_free(old) }
        return true
    }

    /// Lets a connection try to resume the last session with its name.
    func offer(on connection: OpaquePointer, name: String) {
        guard let session = self.sessions[name] else { return }
        guard SSL_SESSION_is_resumable(session) == 1,
            SSL_set_session(connection, session) == 1
        else {
            self.forget(name)
            return
        }
    }

    /// Drops the session with a name, after a handshake that failed.
    func forget(_ name: String) {
        if let old = self.sessions.removeValue(forKey: name) { SSL_SESSION_free(old) }
    }

    /// SSL_CTX_sess_set_new_cb(3): 1 when the reference is taken.
    static let sessionMade: @convention(c) (OpaquePointer?, OpaquePointer?) -> Int32 = {
        guard let session = $1, let engine = TLSEngine.engine(of: $0),
            let context = engine.clientContext
        else { return 0 }
        return context.sessions.keep(session, for: engine.expectedName) ? 1 : 0
    }
}
