internal import NIOCore
internal import NIOEmbedded

@testable internal import FrontDoor

/// A client connection without a socket: bytes go in, answers come out, turns pass on demand.
final class Wire {
    let channel: EmbeddedChannel
    let table: ConnectionTable
    let receiver: TestReceiver
    let connection: ClientConnection
    private let end: WireEnd

    init(
        _ receiver: TestReceiver = TestReceiver(),
        limits: ConnectionLimits = ConnectionLimits()
    ) throws {
        self.receiver = receiver
        self.table = ConnectionTable(receiver: receiver, limits: limits)
        self.connection = self.table.makeConnection()
        self.end = WireEnd()
        self.channel = EmbeddedChannel()
        try self.channel.pipeline.syncOperations.addHandlers(self.end, self.connection)
        try self.channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        self.channel.read()
    }

    deinit {
        _ = try? self.channel.finish(acceptAlreadyClosed: true)
    }

    /// Whether the write side is shut behind the last answer, the channel being open still.
    var isHalfClosed: Bool { self.end.isOutputClosed && self.channel.isActive }
    var isOpen: Bool { self.channel.isActive && !self.end.isOutputClosed }
    var isClosed: Bool { !self.channel.isActive }
    /// Whether the connection has asked for more bytes since the last ones came.
    var isReading: Bool { self.end.isReading }
    /// Whether what is written stays in the channel, as when a client does not read.
    var isStuck: Bool {
        get { self.end.isStuck }
        set {
            self.end.isStuck = newValue
            if !newValue { self.channel.flush() }
            self.turn()
        }
    }

    /// Whether the channel counts as writable only while it holds nothing, as that of a stream does.
    var hasLowMark: Bool {
        get { self.end.hasLowMark }
        set { self.end.hasLowMark = newValue }
    }
    /// Whether the next flush finds the client gone.
    var isBroken: Bool {
        get { self.end.isBroken }
        set { self.end.isBroken = newValue }
    }

    /// Lets what was put off run.
    func turn() {
        self.channel.embeddedEventLoop.run()
    }

    /// Lets time pass for what the loop has been told to do later; sweeps are not part of it.
    func pass(milliseconds: Int64) {
        self.channel.embeddedEventLoop.advanceTime(by: .milliseconds(milliseconds))
    }

    /// Sends bytes in one piece, as one turn of the loop.
    func send(_ bytes: [UInt8]) throws {
        guard self.channel.isActive else { return }
        self.end.isReading = false
        try self.channel.writeInbound(ByteBuffer(bytes: bytes))
        if self.channel.isActive { self.channel.read() }
        self.channel.embeddedEventLoop.run()
    }

    func send(_ text: String) throws {
        try self.send(Array(text.utf8))
    }

    /// Sends bytes in pieces of at most `size`.
    func send(_ text: String, inPiecesOf size: Int) throws {
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            try self.send(Array(bytes[start..<min(start + size, bytes.count)]))
        }
    }

    /// What has been written since the last call.
    func received() throws -> String {
        try self.writes().joined()
    }

    /// The same, write by write.
    func writes() throws -> [String] {
        var writes: [String] = []
        while let buffer = try self.channel.readOutbound(as: ByteBuffer.self) {
            writes.append(String(buffer: buffer))
        }
        return writes
    }

    /// The statuses of the answers since the last call, with `!` behind one that closes.
    func statuses() throws -> [String] {
        try self.received().components(separatedByText: "HTTP/1.1 ").dropFirst().map { answer in
            answer.prefix(3) + (answer.contains("connection: close") ? "!" : "")
        }
    }

    /// The other end hangs up.
    func hangUp() {
        self.channel.close(promise: nil)
        self.channel.embeddedEventLoop.run()
    }

    func sweep(_ seconds: Int) {
        for _ in 0..<seconds { self.table.sweep() }
        self.channel.embeddedEventLoop.run()
    }

    func setWritable(_ isWritable: Bool) {
        self.channel.isWritable = isWritable
        self.channel.pipeline.fireChannelWritabilityChanged()
        self.channel.embeddedEventLoop.run()
    }
}

extension String {
    func components(separatedByText separator: String) -> [String] {
        var parts: [String] = []
        var part = ""
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(separator) {
                parts.append(part)
                part = ""
                rest = rest.dropFirst(separator.count)
            } else {
                part.append(rest.removeFirst())
            }
        }
        return parts + [part]
    }
}

/// Stands where the socket would be: an embedded channel has no half-close and is never full.
private final class WireEnd: ChannelOutboundHandler {
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    var isOutputClosed = false
    var isReading = false
    var isStuck = false
    var hasLowMark = false
    var isBroken = false

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        self.setWritable(false, context)
    }

    private func setWritable(_ isWritable: Bool, _ context: ChannelHandlerContext) {
        guard self.hasLowMark, let channel = context.channel as? EmbeddedChannel,
            channel.isWritable != isWritable
        else { return }
        channel.isWritable = isWritable
        context.fireChannelWritabilityChanged()
    }

    func close(
        context: ChannelHandlerContext,
        mode: CloseMode,
        promise: EventLoopPromise<Void>?
    ) {
        if case .output = mode {
            self.isOutputClosed = true
            promise?.succeed(())
        } else {
            context.close(mode: mode, promise: promise)
        }
    }

    func flush(context: ChannelHandlerContext) {
        guard !self.isBroken else { return context.close(promise: nil) }
        guard !self.isStuck else { return }
        context.flush()
        self.setWritable(true, context)
    }

    func read(context: ChannelHandlerContext) {
        self.isReading = true
        context.read()
    }
}
