internal import BackendChannel
internal import Bytes
internal import GRPC
internal import NIOCore
internal import Nghttp2

/// One call of the streaming tests, with its object and what was told of it; it belongs to its
/// loop.
final class StreamCall: CallEvents {
    let call: BackendCall
    let pool: BackendPool
    private let promise: EventLoopPromise<Outcome>
    private let timer: Scheduled<Void>
    var outcome = Outcome()
    var messageBytes = 0
    /// Whether messages are noted; else they are only counted.
    var notesMessages = true
    var onHeaders: ((StreamCall) -> Void)?
    var onMessage: ((StreamCall) -> Void)?
    var onDrained: ((StreamCall) -> Void)?
    var onEnd: ((StreamCall) -> Void)?

    init(_ path: String, pool: BackendPool, eventLoop: any EventLoop) {
        self.call = BackendCall()
        self.pool = pool
        let promise = eventLoop.makePromise(of: Outcome.self)
        self.promise = promise
        self.timer = eventLoop.scheduleTask(in: .seconds(40)) {
            promise.fail(ChannelError.connectTimeout(.seconds(40)))
        }
        self.prepare(path)
    }

    var future: EventLoopFuture<Outcome> { self.promise.futureResult }
    var hasEnded: Bool { self.outcome.events.contains("ended") }

    func prepare(_ path: String) {
        self.call.headers.reset(
            to: HeaderBlock([
                (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "users"),
                ("te", "trailers"), ("content-type", "application/grpc"),
            ])
        )
        self.call.streamsRequest = true
        self.call.events = self
    }

    func start() { self.pool.start(self.call, now: LoopClock.now) }

    /// Appends one framed message; what is said of it is left to the caller.
    func append(_ message: [UInt8]) {
        let offset = MessagePrefix.reserve(in: &self.call.request)
        self.call.request.append(message)
        MessagePrefix.fill(in: &self.call.request, at: offset)
    }

    func send(_ message: [UInt8]) {
        self.append(message)
        self.call.requestGrew()
    }

    /// The test wants to know no more.
    func giveUp() {
        self.timer.cancel()
        self.promise.succeed(self.outcome)
    }

    // MARK: - Events

    func callStarted(_ call: BackendCall) { self.outcome.events.append("started") }

    func callReceivedHeaders(_ call: BackendCall) {
        self.outcome.events.append("headers")
        self.onHeaders?(self)
    }

    func callReceivedMessage(_ call: BackendCall, _ message: UnsafeRawBufferPointer) {
        self.messageBytes += message.count
        if self.notesMessages {
            self.outcome.events.append("message")
            self.outcome.messages.append(Array(message))
        }
        self.onMessage?(self)
    }

    func callRequestDrained(_ call: BackendCall) { self.onDrained?(self) }

    func callEnded(_ call: BackendCall, failure: Failure?) {
        self.outcome.events.append("ended")
        self.outcome.failure = failure
        self.outcome.messageCount = call.messageCount
        if let onEnd = self.onEnd { return onEnd(self) }
        self.giveUp()
    }
}

/// A call that tests on another thread refer to.
struct RemoteCall: Sendable {
    private let bound: NIOLoopBound<StreamCall>
    private let eventLoop: any EventLoop

    /// Makes a call on the caller's pool, has `body` fill it, and starts it.
    init(
        _ path: String,
        _ caller: TestCaller,
        _ body: @escaping @Sendable (StreamCall) -> Void = { _ in }
    ) async throws {
        let eventLoop = caller.eventLoop
        self.eventLoop = eventLoop
        self.bound = try await caller.onLoop { pool in
            let call = StreamCall(path, pool: pool, eventLoop: eventLoop)
            body(call)
            call.start()
            return NIOLoopBound(call, eventLoop: eventLoop)
        }
    }

    /// Does something with it on its loop.
    @discardableResult
    func run<Result: Sendable>(
        _ body: @escaping @Sendable (StreamCall) -> Result
    ) async throws -> Result {
        try await self.eventLoop.submit { body(self.bound.value) }.get()
    }

    /// Waits, for a bounded time, until it is as wanted.
    func waits(until isSo: @escaping @Sendable (StreamCall) -> Bool) async throws -> Bool {
        for _ in 0..<4000 {
            if try await self.run(isSo) { return true }
            try await Task.sleep(for: .milliseconds(5))
        }
        return false
    }

    /// What became of it, when it has ended.
    var outcome: Outcome {
        get async throws {
            try await self.eventLoop.flatSubmit { self.bound.value.future }.get()
        }
    }
}
