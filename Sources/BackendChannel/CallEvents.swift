public import GRPC

/// What happens to a call, told on its event loop to whoever runs the exchange.
///
/// Another call may be started or cancelled in any of these. The call itself may be cancelled in
/// any but ``callEnded(_:failure:)``.
public protocol CallEvents: AnyObject {
    /// The call was submitted on a connection; told once, also when it is retried transparently.
    func callStarted(_ call: BackendCall)

    /// The answer's head is there and is gRPC's: ``BackendCall/initialMetadata`` is filled.
    ///
    /// Not told for a trailers-only answer.
    func callReceivedHeaders(_ call: BackendCall)

    /// One whole message came, without its prefix; the bytes are valid for the duration of the
    /// call.
    func callReceivedMessage(_ call: BackendCall, _ message: UnsafeRawBufferPointer)

    /// Less than 32 KiB of the request wait for the session, after more than 64 KiB had: go on.
    ///
    /// Only told of a call that ``BackendCall/streamsRequest``, before
    /// ``BackendCall/finishRequest()``. Also told when what waited was dropped because the backend
    /// has ended its answer: what is appended then is dropped too, so that a client that writes all
    /// before it reads gets to reading.
    func callRequestDrained(_ call: BackendCall)

    /// The call is over; told exactly once unless it was cancelled, and the last that is told.
    ///
    /// A failure of nil is OK. ``BackendCall/trailingMetadata`` is filled as far as it came. The
    /// call has left the pool and may be reset and started again, already in here.
    func callEnded(_ call: BackendCall, failure: Failure?)
}
