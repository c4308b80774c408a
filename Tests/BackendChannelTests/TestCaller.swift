internal import BackendChannel
internal import Balancing
internal import Bytes
internal import GRPC
internal import NIOCore
internal import NIOPosix
internal import Nghttp2

/// What became of a call.
struct Outcome: Sendable {
    var failure: Failure?
    /// The names of the events, in order.
    var events: [String] = []
    var messages: [[UInt8]] = []
    var messageCount = 0
    var metadata: [String: String] = [:]
    var trailers: [String: String] = [:]

    var code: StatusCode { self.failure?.code ?? .ok }
    var httpStatus: UInt16 { self.failure?.httpStatus ?? 200 }
    var cause: String { self.failure.map { "\($0.cause)" } ?? "" }
}

/// Runs calls on a pool of its own from the tests' thread.
final class TestCaller: Sendable {
    let eventLoop: any EventLoop
    private let pool: NIOLoopBound<BackendPool>

    init(
        _ address: String,
        _ pool: PoolSettings = PoolSettings(),
        keepalive: Keepalive.Settings? = nil,
        compression: MessageCompression = .identity,
        adaptive: ConcurrencyLimiter.Settings? = nil
    ) async throws {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let settings = BackendSettings(
            name: "users",
            address: try BackendAddress(address),
            pool: pool,
            keepalive: keepalive,
            adaptive: adaptive,
            compression: compression
        )
        self.eventLoop = eventLoop
        self.pool = try await eventLoop.submit {
            let pool = BackendPool(settings: settings, eventLoop: eventLoop)
            return NIOLoopBound(pool, eventLoop: eventLoop)
        }.get()
    }

    convenience init(_ backend: TestBackend, _ pool: PoolSettings = PoolSettings()) async throws {
        try await self.init("127.0.0.1:\(backend.port)", pool)
    }

    var counters: BackendCounters {
        get async throws {
            try await self.eventLoop.submit { self.pool.value.counters }.get()
        }
    }

    /// Runs something with the pool on its loop.
    func onLoop<Result: Sendable>(
        _ body: @escaping @Sendable (BackendPool) -> Result
    ) async throws -> Result {
        try await self.eventLoop.submit { body(self.pool.value) }.get()
    }

    /// One call with a message of these bytes; nil when it was not over in 10 s.
    func call(
        _ path: String,
        message: [UInt8] = [1, 2, 3],
        timeout: Int64? = nil,
        retry: RetryPolicy? = nil,
        hedging: HedgePolicy? = nil,
        maxMessageBytes: Int = 4 << 20
    ) async throws -> Outcome {
        try await self.calls(
            [path],
            message: message,
            timeout: timeout,
            retry: retry,
            hedging: hedging,
            maxMessageBytes: maxMessageBytes
        )[0]
    }

    /// Calls that are all started in one turn of the loop.
    func calls(
        _ paths: [String],
        message: [UInt8] = [1, 2, 3],
        timeout: Int64? = nil,
        retry: RetryPolicy? = nil,
        hedging: HedgePolicy? = nil,
        isUnary: Bool = false,
        maxMessageBytes: Int = 4 << 20
    ) async throws -> [Outcome] {
        let futures = try await self.onLoop { pool in
            let now = LoopClock.now
            return paths.map { path in
                let call = BackendCall(maxMessageBytes: maxMessageBytes)
                TestCaller.fill(call, path, message)
                call.deadline = timeout.map { now.advanced(by: $0) }
                call.isUnary = isUnary
                let recorder = Recorder(self.eventLoop)
                call.events = recorder
                pool.start(call, retry: retry, hedging: hedging, now: now)
                return recorder.promise.futureResult
            }
        }
        return try await EventLoopFuture.whenAllSucceed(futures, on: self.eventLoop).get()
    }

    static func fill(_ call: BackendCall, _ path: String, _ message: [UInt8]) {
        let prepared = HeaderBlock([
            (":method", "POST"), (":scheme", "http"), (":path", path), (":authority", "users"),
            ("te", "trailers"), ("content-type", "application/grpc"),
        ])
        call.headers.reset(to: prepared)
        let offset = MessagePrefix.reserve(in: &call.request)
        call.request.append(message)
        MessagePrefix.fill(in: &call.request, at: offset)
    }

    func close() async throws {
        try await self.eventLoop.flatSubmit { self.pool.value.close() }.get()
    }

    func closeNow() async throws {
        try await self.eventLoop.flatSubmit { self.pool.value.closeNow() }.get()
    }
}

/// Notes the events of one call; it keeps itself until the end.
final class Recorder: CallEvents {
    let promise: EventLoopPromise<Outcome>
    private var outcome = Outcome()
    private var timer: Scheduled<Void>?

    init(_ eventLoop: any EventLoop) {
        let promise = eventLoop.makePromise(of: Outcome.self)
        self.promise = promise
        self.timer = eventLoop.scheduleTask(in: .seconds(10)) {
            promise.fail(ChannelError.connectTimeout(.seconds(10)))
        }
    }

    func callStarted(_ call: BackendCall) { self.outcome.events.append("started") }

    func callReceivedHeaders(_ call: BackendCall) {
        self.outcome.events.append("headers")
        self.outcome.metadata = Self.texts(call.initialMetadata)
    }

    func callReceivedMessage(_ call: BackendCall, _ message: UnsafeRawBufferPointer) {
        self.outcome.events.append("message")
        self.outcome.messages.append(Array(message))
    }

    func callRequestDrained(_ call: BackendCall) {}

    func callEnded(_ call: BackendCall, failure: Failure?) {
        self.outcome.events.append("ended")
        self.outcome.failure = failure
        self.outcome.messageCount = call.messageCount
        self.outcome.trailers = Self.texts(call.trailingMetadata)
        self.timer?.cancel()
        self.promise.succeed(self.outcome)
    }

    private static func texts(_ list: borrowing MetadataList) -> [String: String] {
        var texts: [String: String] = [:]
        for index in 0..<list.count {
            texts[String(decoding: list.name(at: index), as: UTF8.self)] =
                String(decoding: list.value(at: index), as: UTF8.self)
        }
        return texts
    }
}
