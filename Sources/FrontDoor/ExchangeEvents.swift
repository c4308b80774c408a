package import HTTPMessages

/// What a client connection tells the one who answers its request; all on the connection's loop.
///
/// After the head, `bodyReceived` comes any number of times, then `bodyEnded`; in a tunnel
/// `bodyReceived` comes any number of times and has no end. Until the answer is finished, one of
/// `bodyRefused` and `clientGone` may come, which is the last event of the request's, but for
/// `clientGone` after `bodyRefused`. Nothing comes after the answer is finished. The exchange may
/// answer in the middle of each event but `clientGone`; none comes from within what it calls to
/// answer in pieces, or to pause and resume a body.
package protocol ExchangeEvents: AnyObject {
    /// Some bytes of the body, framing removed, or of the tunnel.
    ///
    /// - Parameter bytes: at most 64 KiB at a time; valid for the duration of the call.
    func bodyReceived(_ bytes: UnsafeRawBufferPointer)

    /// The body is complete; a request without one says so at once.
    func bodyEnded()

    /// The request cannot go on: its body is too long (413), too slow (408) or wrongly framed (400),
    /// or the gateway stops (503, maybe after the body's end); the connection closes after the
    /// answer.
    func bodyRefused(_ refusal: Refusal)

    /// The client closed its side or the connection failed: nobody reads an answer any more.
    ///
    /// It comes also while the body is paused and while nothing is being sent.
    func clientGone()

    /// `canTakeMore` is true again after it was false.
    func answerDrained()

    /// The gateway is about to end: a stream may come to an early end; told once.
    func drainBegan()
}

/// Who takes the requests of a loop's connections: the gateway's worker, or the admin endpoints.
package protocol RequestReceiver: AnyObject {
    /// A request head has been read whole.
    ///
    /// The receiver may set the connection's `bodyLimit` and `bodyIsStream`, and may answer at
    /// once.
    ///
    /// - Parameters:
    ///   - head: valid for the duration of the call.
    ///   - connection: where the answer goes.
    /// - Returns: who is told of the body and its end; nil when the receiver has answered already.
    func requestReceived(
        _ head: RequestHead,
        on connection: ClientConnection
    ) -> (any ExchangeEvents)?

    /// What came was not a request; the receiver answers, then the connection closes.
    func requestRefused(_ refusal: Refusal, on connection: ClientConnection)

    /// A connection was opened or closed, for the gauges.
    func connectionsChanged(to count: Int)
}
