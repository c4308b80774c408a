internal import Balancing
internal import Bytes
internal import GRPC
internal import NIOCore
internal import Nghttp2
internal import OpenSSL

/// One connection to a backend: a channel's only handler, round one HTTP/2 session.
///
/// It belongs to its event loop. Bytes that arrive are given to the session at once; what the
/// session has to say leaves in one write per turn of the loop, however many calls were submitted
/// in it: whoever queues something calls ``markDirty()``, and one task drains it when all sockets
/// of the turn have been read. Measured: that is 12 instead of 17 microseconds a call.
final class BackendConnection: ChannelInboundHandler, SessionEvents {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum State {
        /// The channel is being opened, or behind it the handshake of TLS is under way; the context
        /// is there once the channel is.
        case connecting(ChannelHandlerContext?)
        case open(ChannelHandlerContext)
        /// The pool wants it closed, which the next drain does.
        case closing(ChannelHandlerContext)
        case closed
    }

    /// Memory for output that is kept between drains; a burst may take more for a while.
    private static let keptBytes = 128 << 10

    let identifier: ConnectionID
    /// Where to.
    let endpoint: Endpoint
    /// Whether the peer's SETTINGS have come.
    var isReady = false
    /// What went wrong before it was ready, in words, for the operator.
    var trouble: String?
    /// How often the session has been drained of something.
    private(set) var drains: UInt64 = 0
    /// The pool; let go of when the connection has closed.
    var pool: BackendPool?
    let session: ClientSession
    let eventLoop: any EventLoop
    var state = State.connecting(nil)
    var isDrainScheduled = false
    var drainTask: (@Sendable () -> Void)?
    private var output = OutputBuffer(capacity: 16384)
    private var written = ByteBuffer()
    /// When it is pinged; nil before it is ready, and when it never is.
    var keepalive: Keepalive?
    var keepaliveTimer: Scheduled<Void>?
    /// When a byte last came.
    var lastRead = Instant(nanoseconds: 0)
    /// Calls whose requests drained in the send under way.
    private var drainedCalls: [BackendCall] = []

    init(
        identifier: ConnectionID,
        endpoint: Endpoint,
        pool: BackendPool,
        session: ClientSession,
        eventLoop: any EventLoop
    ) {
        self.identifier = identifier
        self.endpoint = endpoint
        self.pool = pool
        self.session = session
        self.eventLoop = eventLoop
        session.events = self
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        self.drainTask = { bound.value.drain() }
    }

    var backendName: String { self.pool?.settings.name ?? "" }

    // MARK: - Calls

    /// Begins the call's stream; it leaves with the drain of this turn.
    func submit(_ call: BackendCall) throws(SessionError) {
        try self.session.submit(call.sentHeaders, stream: call, hasBody: true)
        call.drainsAtStart = self.drains
        if self.keepalive?.isResting == true { self.wakeKeepalive() }
        self.markDirty()
    }

    /// Asks for more of the call's request, or its end, in the drain of this turn.
    func resume(_ call: BackendCall) {
        self.session.resume(call)
        self.markDirty()
    }

    /// The call's request has drained, within a send of the session; the call is told after that.
    func requestDrained(_ call: BackendCall) {
        self.drainedCalls.append(call)
    }

    /// Ends the call's stream with RST_STREAM; it is closed by the drain of this turn.
    func reset(_ call: BackendCall, errorCode: UInt32) {
        self.session.reset(call, errorCode: errorCode)
        self.markDirty()
    }

    /// Lets the peer send more on the call's stream.
    func credit(_ call: BackendCall, bytes: Int) {
        self.session.credit(call, bytes: bytes)
    }

    /// The session has closed a call's stream.
    func closed(_ call: BackendCall, _ end: StreamEnd) {
        self.pool?.streamClosed(call, end, hasLeft: call.drainsAtStart != self.drains)
    }

    // MARK: - Output

    /// Something waits to be sent: it is, once, at the end of this turn of the loop.
    func markDirty() {
        guard !self.isDrainScheduled, let drainTask = self.drainTask else { return }
        self.isDrainScheduled = true
        self.eventLoop.execute(drainTask)
    }

    /// Says GOAWAY and closes the channel, never from within an event of the session.
    func close() {
        switch self.state {
        case .connecting(let context):
            // There is nobody to say it to.
            self.end()
            context?.close(promise: nil)
        case .open(let context):
            self.state = .closing(context)
            self.markDirty()
        case .closing, .closed:
            break
        }
    }

    /// Closes the channel without a word; its calls end.
    func abort() {
        switch self.state {
        case .connecting: self.close()
        case .open(let context), .closing(let context): context.close(promise: nil)
        case .closed: break
        }
    }

    func drain() {
        self.isDrainScheduled = false
        switch self.state {
        case .connecting, .closed:
            break
        case .open(let context):
            // The kernel takes no more for now: it goes on when the channel says so.
            guard context.channel.isWritable else { return }
            let pool = self.pool
            pool?.turnBegan()
            self.write(context)
            self.tellDrained()
            pool?.turnEnded()
            if self.session.isFinished { context.close(promise: nil) }
        case .closing(let context):
            self.session.terminate(errorCode: 0)
            if context.channel.isWritable { self.write(context) }
            context.close(promise: nil)
        }
    }

    private func tellDrained() {
        guard !self.drainedCalls.isEmpty else { return }
        for call in self.drainedCalls { call.tellDrained() }
        self.drainedCalls.removeAll(keepingCapacity: true)
    }

    private func write(_ context: ChannelHandlerContext) {
        var hasMore = true
        var hasWritten = false
        while hasMore, context.channel.isWritable {
            self.output.removeAll()
            do {
                hasMore = try self.session.send(into: &self.output)
            } catch {
                hasMore = false
            }
            guard !self.output.isEmpty else { break }
            self.drains &+= 1
            self.written.clear()
            let written = self.output.withUnsafeBytes { self.written.writeBytes($0) }
            assert(written == self.output.count)
            context.write(self.wrapOutboundOut(self.written), promise: nil)
            self.pool?.writes &+= 1
            hasWritten = true
        }
        guard hasWritten else { return }
        context.flush()
        self.output.removeAll()
        if self.written.capacity > Self.keptBytes { self.written = ByteBuffer() }
    }

    // MARK: - Session

    func settingsChanged(maxConcurrentStreams: UInt32) {
        self.startKeepalive()
        self.pool?.settingsReceived(self, maxStreams: Int(maxConcurrentStreams))
    }

    func goAwayReceived(lastStreamID: Int32, errorCode: UInt32) {
        self.pool?.goAwayReceived(self, errorCode: errorCode)
    }
}
