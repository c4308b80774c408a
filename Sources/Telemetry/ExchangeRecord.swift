public import GRPC
public import HTTPMessages

/// What one exchange was, good or bad: filled in its course, read once at its end.
///
/// `MetricShard.record` counts it and `AccessLine.append` writes it. An exchange object owns one
/// and begins it again for the next request; its texts lie in memory of its own, so nothing is
/// allocated.
public struct ExchangeRecord: ~Copyable {
    /// When the request head had been read.
    public private(set) var start = Instant(nanoseconds: 0)
    /// When the last byte of the answer was handed to the socket, or the exchange was given up.
    public var end = Instant(nanoseconds: 0)
    /// The wall clock at `start`: seconds since 1970 and nanoseconds (0 to 999,999,999) beyond.
    public private(set) var wallSeconds: Int64 = 0
    public private(set) var wallNanoseconds: Int32 = 0

    /// The index of the route in the table, or -1 if none matched.
    public var route = -1
    public private(set) var method = Method.other
    /// The status of the answer; 499 when the client had gone.
    public var httpStatus: UInt16 = 0
    /// The gRPC code of the answer, the backend's or the gateway's own.
    public var code = StatusCode.ok
    /// Whether a call to a backend was begun, so that `code` counts as that call's outcome.
    public var calledBackend = false
    /// Why the gateway itself made the failure, in snake case; nil for everything else.
    public var cause: StaticString?

    /// Body bytes from the client, and bytes of the answer to it, heads included.
    public var bytesIn = 0
    public var bytesOut = 0
    /// Nanoseconds from the first submit of the call to its end; 0 without one.
    public var backendNanoseconds: Int64 = 0
    /// Attempts beyond the first.
    public var retries = 0
    /// The trace the request belongs to, if it carried a valid `traceparent`.
    public var trace: TraceContext?
    /// Whether the path was longer than what is kept of it.
    public private(set) var isPathCut = false

    /// The most bytes kept of each text; the request id is at most 128 visible characters anyway.
    public static let maxClientBytes = 64
    public static let maxMethodBytes = 32
    public static let maxRequestIDBytes = 128
    public static let maxPathBytes = 1024

    private let memory: UnsafeMutableRawPointer
    private var clientCount = 0
    private var methodCount = 0
    private var requestIDCount = 0
    private var pathCount = 0

    private static let methodOffset = maxClientBytes
    private static let requestIDOffset = methodOffset + maxMethodBytes
    private static let pathOffset = requestIDOffset + maxRequestIDBytes

    public init() {
        self.memory = .allocate(byteCount: Self.pathOffset + Self.maxPathBytes, alignment: 16)
    }

    deinit {
        self.memory.deallocate()
    }

    /// Empties the record for an exchange that begins now.
    ///
    /// - Parameters:
    ///   - start: the monotonic clock.
    ///   - wallSeconds: the wall clock, seconds since 1970.
    ///   - wallNanoseconds: what is beyond the second.
    public mutating func begin(at start: Instant, wallSeconds: Int64, wallNanoseconds: Int32) {
        self.start = start
        self.end = start
        self.wallSeconds = wallSeconds
        self.wallNanoseconds = wallNanoseconds
        self.route = -1
        self.method = .other
        self.httpStatus = 0
        self.code = .ok
        self.calledBackend = false
        self.cause = nil
        self.bytesIn = 0
        self.bytesOut = 0
        self.backendNanoseconds = 0
        self.retries = 0
        self.trace = nil
        self.isPathCut = false
        self.clientCount = 0
        self.methodCount = 0
        self.requestIDCount = 0
        self.pathCount = 0
    }

    /// Nanoseconds from `start` to `end`; never negative.
    public var nanoseconds: Int64 { max(0, self.start.nanoseconds(until: self.end)) }

    // MARK: - Texts

    /// Keeps the client's address, as text.
    public mutating func setClient(_ bytes: UnsafeRawBufferPointer) {
        self.clientCount = self.keep(bytes, at: 0, most: Self.maxClientBytes)
    }

    /// Keeps the method, and its bytes as they were sent.
    public mutating func setMethod(_ method: Method, _ bytes: UnsafeRawBufferPointer) {
        self.method = method
        self.methodCount = self.keep(bytes, at: Self.methodOffset, most: Self.maxMethodBytes)
    }

    /// Keeps the request's id.
    public mutating func setRequestID(_ bytes: UnsafeRawBufferPointer) {
        self.requestIDCount = self.keep(
            bytes,
            at: Self.requestIDOffset,
            most: Self.maxRequestIDBytes
        )
    }

    /// Keeps the beginning of the path as it was sent, without the query, which may hold secrets.
    public mutating func setPath(_ bytes: UnsafeRawBufferPointer) {
        self.pathCount = self.keep(bytes, at: Self.pathOffset, most: Self.maxPathBytes)
        self.isPathCut = bytes.count > self.pathCount
    }

    var client: UnsafeRawBufferPointer { self.text(0, self.clientCount) }
    var methodBytes: UnsafeRawBufferPointer { self.text(Self.methodOffset, self.methodCount) }
    var requestID: UnsafeRawBufferPointer { self.text(Self.requestIDOffset, self.requestIDCount) }
    var path: UnsafeRawBufferPointer { self.text(Self.pathOffset, self.pathCount) }

    /// How many bytes all texts have.
    var textCount: Int {
        self.clientCount + self.methodCount + self.requestIDCount + self.pathCount
    }

    private func keep(_ bytes: UnsafeRawBufferPointer, at offset: Int, most: Int) -> Int {
        guard let source = bytes.baseAddress else { return 0 }
        let count = min(bytes.count, most)
        (self.memory + offset).copyMemory(from: source, byteCount: count)
        return count
    }

    private func text(_ offset: Int, _ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.memory + offset, count: count)
    }
}
