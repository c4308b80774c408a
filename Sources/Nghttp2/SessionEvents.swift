/// What a session tells of its connection as a whole.
///
/// These are called from within `receive`; see ``HTTP2Session`` for what may be done there.
public protocol SessionEvents: AnyObject {
    /// The peer's SETTINGS have arrived; it takes at most so many streams at once.
    func settingsChanged(maxConcurrentStreams: UInt32)
    /// The peer takes no new stream; those above `lastStreamID` are closed as unprocessed next.
    func goAwayReceived(lastStreamID: Int32, errorCode: UInt32)
    /// The peer has acknowledged a ping.
    func pongReceived(payload: UInt64)
}

extension SessionEvents {
    /// Does nothing.
    public func settingsChanged(maxConcurrentStreams: UInt32) {}

    /// Does nothing.
    public func goAwayReceived(lastStreamID: Int32, errorCode: UInt32) {}

    /// Does nothing.
    public func pongReceived(payload: UInt64) {}
}
