internal import Bytes

/// Cuts a gRPC body into its messages, however the body was chunked.
///
/// A message that lies whole in one chunk is handed out where it lies; only one that is split is
/// gathered, in memory that is kept for the next. What is gathered grows with what has arrived,
/// not with the length that was announced.
///
/// ```
/// var rest = chunk
/// while let message = try deframer.next(&rest) { … }
/// ```
public struct MessageDeframer: ~Copyable {
    /// One whole message.
    public struct Message {
        /// The message without its prefix, as it was sent; valid until the next call of `next`.
        public let bytes: UnsafeRawBufferPointer
        /// Whether the bytes are compressed with the call's `grpc-encoding`.
        public let isCompressed: Bool
    }

    /// The most bytes of one message as it is on the wire.
    public var limit: Int
    /// Whether the peer named a `grpc-encoding` that can be undone; without one a compressed
    /// message is an error.
    public var acceptsCompressed: Bool

    private var prefix: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
    private var prefixCount = 0
    private var gathered: OutputBuffer
    private var isHandedOut = false

    /// Makes a deframer for messages of at most `limit` bytes.
    public init(limit: Int, acceptsCompressed: Bool = false) {
        self.limit = limit
        self.acceptsCompressed = acceptsCompressed
        self.gathered = OutputBuffer(capacity: 64)
    }

    /// Whether a message has begun and not ended: a body that ends here is cut short.
    public var isInsideMessage: Bool { self.prefixCount > 0 }

    /// Bytes of memory held for a message that is split.
    public var gatheredBytes: Int { self.isHandedOut ? 0 : self.gathered.count }

    /// Takes the next message out of `chunk`, which is shortened by what was read.
    ///
    /// - Returns: a message, or nil when the chunk is used up.
    /// - Throws: INTERNAL for a broken prefix, RESOURCE_EXHAUSTED for a message over the limit.
    public mutating func next(
        _ chunk: inout UnsafeRawBufferPointer
    ) throws(Failure) -> Message? {
        if self.isHandedOut {
            self.isHandedOut = false
            self.gathered.removeAll()
        }
        if self.prefixCount < 5 {
            guard try self.readPrefix(&chunk) else { return nil }
        }
        let length = self.announcedLength
        let missing = length - self.gathered.count
        if self.gathered.isEmpty, chunk.count >= length {
            let message = UnsafeRawBufferPointer(rebasing: chunk[..<length])
            chunk = UnsafeRawBufferPointer(rebasing: chunk[length...])
            self.prefixCount = 0
            return Message(bytes: message, isCompressed: self.prefix.0 == 1)
        }
        let taken = min(missing, chunk.count)
        self.gathered.append(UnsafeRawBufferPointer(rebasing: chunk[..<taken]))
        chunk = UnsafeRawBufferPointer(rebasing: chunk[taken...])
        guard taken == missing else { return nil }
        self.prefixCount = 0
        self.isHandedOut = true
        let message = self.gathered.withUnsafeBytes { $0 }
        return Message(bytes: message, isCompressed: self.prefix.0 == 1)
    }

    /// Makes it ready for another body; big memory is let go of.
    public mutating func reset() {
        self.prefixCount = 0
        self.isHandedOut = false
        self.acceptsCompressed = false
        self.gathered.removeAll()
    }

    private var announcedLength: Int {
        Int(self.prefix.1) << 24 | Int(self.prefix.2) << 16 | Int(self.prefix.3) << 8
            | Int(self.prefix.4)
    }

    /// Completes the prefix from `chunk` and checks it; false when the chunk ends before.
    private mutating func readPrefix(
        _ chunk: inout UnsafeRawBufferPointer
    ) throws(Failure) -> Bool {
        if self.prefixCount == 0, chunk.count >= 5 {
            self.prefix = (chunk[0], chunk[1], chunk[2], chunk[3], chunk[4])
            self.prefixCount = 5
            chunk = UnsafeRawBufferPointer(rebasing: chunk[5...])
        }
        while self.prefixCount < 5 {
            guard let byte = chunk.first else { return false }
            switch self.prefixCount {
            case 0: self.prefix.0 = byte
            case 1: self.prefix.1 = byte
            case 2: self.prefix.2 = byte
            case 3: self.prefix.3 = byte
            default: self.prefix.4 = byte
            }
            self.prefixCount += 1
            chunk = UnsafeRawBufferPointer(rebasing: chunk.dropFirst())
        }
        try self.checkPrefix()
        return true
    }

    private func checkPrefix() throws(Failure) {
        guard self.prefix.0 <= 1 else {
            throw Failure(
                code: .internal,
                origin: .gateway,
                httpStatus: 502,
                message: "expected a compressed flag of 0 or 1, found \(self.prefix.0)",
                cause: "broken_message_prefix"
            )
        }
        guard self.prefix.0 == 0 || self.acceptsCompressed else {
            throw Failure(
                code: .internal,
                origin: .gateway,
                httpStatus: 502,
                message: "a message is compressed without a known grpc-encoding",
                cause: "unknown_encoding"
            )
        }
        let length = self.announcedLength
        guard length <= self.limit else {
            // 429 would ask the client to slow down, which helps nothing here.
            throw Failure(
                code: .resourceExhausted,
                origin: .gateway,
                httpStatus: 502,
                message: "a message of \(length) bytes is over the limit of \(self.limit) bytes",
                cause: "message_too_large"
            )
        }
    }
}
