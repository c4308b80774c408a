/// Decodes the chunked transfer coding (RFC 9112, 7.1), strictly.
///
/// ```
/// chunked-body = *( chunk-size [ chunk-ext ] CRLF chunk-data CRLF )
///                1*"0" [ chunk-ext ] CRLF trailer-section CRLF
/// ```
///
/// A size is 1 to 16 digits with nothing in front; each line ends with CRLF and nothing else. Lines
/// that end otherwise, above all in an extension, are how requests were smuggled past other servers
/// (CVE-2025-55315, CVE-2025-22871).
struct ChunkDecoder {
    private enum State {
        case size(digits: Int, value: UInt64)
        case chunkExtension(ExtensionScanner, size: Int)
        case sizeLineFeed(size: Int)
        case content(remaining: Int)
        case contentReturn
        case contentLineFeed
        case trailers
    }

    /// The most bytes of extensions on one chunk; those in use (signatures) have about 90.
    private static let extensionLimit = 1024
    /// How many bytes of extensions a body may have in advance of its content.
    ///
    /// Content earns as many back: else chunks of one byte with long extensions would make a server
    /// read a thousand times what it counts (CVE-2023-39326).
    private static let extensionCredit = 16384

    private var state = State.size(digits: 0, value: 0)
    /// How many more bytes of content may come.
    private var allowance: Int
    private var lineExtension = 0
    private var credit = Self.extensionCredit
    /// Kept out of `State`, which is moved at each byte, for its size.
    private var trailers: TrailerDecoder

    init(limit: Int, trailers: HeadLimits) {
        self.allowance = max(0, limit)
        self.trailers = TrailerDecoder(limits: trailers)
    }

    mutating func next(_ bytes: UnsafeRawBufferPointer) -> BodyProgress {
        do throws(Refusal) {
            return try self.advance(bytes)
        } catch {
            return .refused(error)
        }
    }

    private mutating func advance(_ bytes: UnsafeRawBufferPointer) throws(Refusal) -> BodyProgress {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            switch self.state {
            case .size(let digits, let value):
                try self.takeSize(byte, digits, value)
            case .chunkExtension(var scanner, let size):
                if try scanner.take(byte) {
                    self.state = .sizeLineFeed(size: size)
                } else {
                    try self.countExtensionByte()
                    self.state = .chunkExtension(scanner, size: size)
                }
            case .sizeLineFeed(let size):
                try Self.expectLineFeed(byte)
                try self.beginContent(size)
            case .content(let remaining):
                let count = min(remaining, bytes.count &- index)
                self.state =
                    count == remaining ? .contentReturn : .content(remaining: remaining &- count)
                self.credit = min(Self.extensionCredit, self.credit + min(count, 1 << 20))
                return .data(index..<(index &+ count), consumed: index &+ count)
            case .contentReturn:
                guard byte == ByteClass.carriageReturn else {
                    throw .malformed("expected CRLF behind a chunk's content")
                }
                self.state = .contentLineFeed
            case .contentLineFeed:
                try Self.expectLineFeed(byte)
                self.state = .size(digits: 0, value: 0)
            case .trailers:
                if try self.trailers.take(byte) { return .end(consumed: index &+ 1) }
            }
            index &+= 1
        }
        return .needsMore(consumed: index)
    }

    private mutating func takeSize(
        _ byte: UInt8,
        _ digits: Int,
        _ value: UInt64
    ) throws(Refusal) {
        if let digit = ByteClass.hexValue(byte) {
            // Sixteen digits fill the 64 bits.
            guard digits < 16 else { throw .malformed("a chunk size has more than 16 digits") }
            self.state = .size(digits: digits &+ 1, value: value << 4 | UInt64(digit))
            return
        }
        guard digits > 0 else { throw .malformed("expected a chunk size of hexadecimal digits") }
        guard let size = Int(exactly: value) else { throw .bodyTooLarge }
        if byte == ByteClass.carriageReturn {
            self.state = .sizeLineFeed(size: size)
            return
        }
        self.lineExtension = 0
        try self.countExtensionByte()
        var scanner = ExtensionScanner()
        _ = try scanner.take(byte)
        self.state = .chunkExtension(scanner, size: size)
    }

    private mutating func beginContent(_ size: Int) throws(Refusal) {
        guard size > 0 else {
            self.state = .trailers
            return
        }
        guard size <= self.allowance else { throw .bodyTooLarge }
        self.allowance &-= size
        self.state = .content(remaining: size)
    }

    private mutating func countExtensionByte() throws(Refusal) {
        self.lineExtension &+= 1
        self.credit &-= 1
        guard self.lineExtension <= Self.extensionLimit, self.credit >= 0 else {
            throw .malformed("the chunk extensions are larger than their limit")
        }
    }

    private static func expectLineFeed(_ byte: UInt8) throws(Refusal) {
        guard byte == ByteClass.lineFeed else {
            throw .malformed("expected each line to end with CRLF, found a bare CR")
        }
    }
}
