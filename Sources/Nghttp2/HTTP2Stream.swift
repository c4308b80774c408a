/// One request and its answer, as either side of a connection sees it.
///
/// Subclass ``ClientStream`` or ``ServerStream`` and override the events. The session retains a
/// stream from the moment it is submitted (or its request begins) to ``closed(_:)``; after that the
/// object may be submitted again. All events come from within the session's `receive` or `send`,
/// `closed` also from `terminate`, `connectionLost` and its end; see ``HTTP2Session`` for what may
/// be done there.
///
/// Only final heads are told: a 1xx head is passed over whole.
open class HTTP2Stream {
    /// The stream's number on its connection; 0 before its first use.
    public internal(set) var id: Int32 = 0
    /// Fields to send when ``readBody(into:)`` has said ``BodyRead/end(_:)``.
    ///
    /// Set it before that; it is taken then.
    public var trailers: HeaderBlock?

    /// The place in the session's list, or -1 when no session has it.
    var place = -1
    /// Memory that nghttp2 reads until the head, or the trailers, have been serialised.
    var pinnedHead: HeaderStorage?
    var pinnedTrailers: HeaderStorage?
    /// What is known of the end before it has come.
    var foreseenCause: StreamEnd.Cause?
    private var hasHead = false
    private var isInformational = false
    private var blockBytes = 0
    private var blockFields = 0

    /// Makes a stream that no session has yet.
    public init() {}

    /// Whether a session has it: it has been submitted and is not closed.
    public var isActive: Bool { self.place >= 0 }

    // MARK: - Events

    /// A field of the head or the trailers; the bytes are valid for the duration of the call.
    ///
    /// Pseudo-header fields come first.
    open func receivedHeader(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        isTrailer: Bool
    ) {}

    /// The head or the trailers are complete.
    ///
    /// When it `endsStream`, nothing follows: a head that does is gRPC's "trailers-only", and
    /// trailers always do.
    open func receivedHeadersEnd(isTrailer: Bool, endsStream: Bool) {}

    /// A piece of the body, never empty; the bytes are valid for the duration of the call.
    ///
    /// The connection's window is credited by the session; the stream's by `credit`, when the
    /// bytes have found their place.
    open func receivedData(_ bytes: UnsafeRawBufferPointer) {}

    /// The body ended the stream: no trailers follow.
    open func receivedDataEnd() {}

    /// The last event, exactly once for each time the stream was submitted.
    open func closed(_ end: StreamEnd) {}

    /// Asks for a piece of the body, from within `send`.
    ///
    /// Write at most `space.count` bytes (up to 16 KiB). Nothing of the session may be called here.
    open func readBody(into space: UnsafeMutableRawBufferPointer) -> BodyRead { .end(0) }

    // MARK: - For the session

    func begin(id: Int32) {
        self.id = id
        self.foreseenCause = nil
        self.hasHead = false
        self.isInformational = false
        self.beginHeaders()
    }

    func beginHeaders() {
        self.blockBytes = 0
        self.blockFields = 0
        self.isInformational = false
    }

    /// Tells a field on; false when it goes over the limits of a block.
    func takeHeader(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        limits: (bytes: Int, fields: Int)
    ) -> Bool {
        self.blockFields += 1
        self.blockBytes += name.count + value.count + 32
        guard self.blockBytes <= limits.bytes, self.blockFields <= limits.fields else {
            return false
        }
        if !self.hasHead, self.blockFields == 1, Self.isInformational(name, value) {
            self.isInformational = true
        }
        if !self.isInformational {
            self.receivedHeader(name: name, value: value, isTrailer: self.hasHead)
        }
        return true
    }

    func endHeaders(endsStream: Bool) {
        guard !self.isInformational else { return }
        let isTrailer = self.hasHead
        self.hasHead = true
        self.receivedHeadersEnd(isTrailer: isTrailer, endsStream: endsStream)
    }

    /// Whether a first field is a status from 100 to 199 (RFC 9113, section 8.1).
    private static func isInformational(
        _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer
    ) -> Bool {
        value.count == 3 && value[0] == UInt8(ascii: "1") && name.elementsEqual(":status".utf8)
    }
}

/// A stream this side opens: a call to a backend.
open class ClientStream: HTTP2Stream {}

/// A stream the peer opens: a request of a client.
open class ServerStream: HTTP2Stream {
    /// Whether the head of its answer has been submitted.
    public internal(set) var hasAnswered = false
}
