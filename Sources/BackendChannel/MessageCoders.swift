internal import Bytes
internal import Compression
internal import GRPC

/// What one event loop compresses and decompresses gRPC messages with, made when first needed.
///
/// A message is coded as a whole and at once, so one of each serves all calls of the loop: only a
/// message that is told within another one's needs a second decoder. Until the first compressed
/// message there is nothing here; then 40 KiB for answers, and 300 KiB where requests are
/// compressed.
public final class MessageCoders {
    private var freeDecoders: [MessageDecoder] = []
    private var compressor: Compressor?
    private var output = OutputBuffer(capacity: 64)

    /// Decoders kept for the next message; more are let go of.
    private static let kept = 2
    /// Smaller messages are not worth a try: gzip's wrapping alone takes 18 bytes.
    private static let least = 32

    /// Makes coders that hold nothing yet.
    public init() {}

    // MARK: - Answers

    /// A decoder for one message; nil without memory.
    func takeDecoder() -> MessageDecoder? {
        self.freeDecoders.popLast() ?? MessageDecoder()
    }

    func giveBack(_ decoder: MessageDecoder) {
        decoder.removeAll()
        if self.freeDecoders.count < Self.kept { self.freeDecoders.append(decoder) }
    }

    // MARK: - Requests

    /// Compresses the whole messages from an offset on where they lie, each that gets smaller.
    ///
    /// - Parameters:
    ///   - request: framed messages; what follows the last whole one stays as it is.
    ///   - offset: where the first one begins that is not compressed yet.
    /// - Returns: where the last whole message ends now.
    func compress(_ request: inout OutputBuffer, from offset: Int) -> Int {
        var reading = offset
        var writing = offset
        while let length = MessagePrefix.messageLength(in: request, at: reading) {
            let start = reading + MessagePrefix.length
            reading = start + length
            if self.compress(request, start..<reading) {
                self.output.withUnsafeBytes { bytes in
                    request.overwrite(at: writing + MessagePrefix.length, with: bytes)
                }
                MessagePrefix.write(
                    length: self.output.count,
                    isCompressed: true,
                    in: &request,
                    at: writing
                )
                writing += MessagePrefix.length + self.output.count
            } else {
                let begin = start - MessagePrefix.length
                Self.move(begin..<reading, of: &request, to: writing)
                writing += reading - begin
            }
        }
        self.output.removeAll()
        let rest = request.count - reading
        Self.move(reading..<request.count, of: &request, to: writing)
        request.truncate(to: writing + rest)
        return writing
    }

    /// Compresses one message into `output`; false when that makes it no smaller.
    private func compress(_ request: borrowing OutputBuffer, _ message: Range<Int>) -> Bool {
        guard message.count >= Self.least else { return false }
        do throws(CodingError) {
            let compressor: Compressor
            if let made = self.compressor {
                compressor = made
            } else {
                compressor = try Compressor(coding: .gzip)
                self.compressor = compressor
            }
            self.output.removeAll()
            // What is not smaller is not finished.
            self.output.limit = message.count - 1
            let all = request.withUnsafeBytes { $0 }
            try compressor.encode(
                whole: UnsafeRawBufferPointer(rebasing: all[message]),
                into: &self.output
            )
            return !self.output.isOverLimit
        } catch {
            return false
        }
    }

    private static func move(_ bytes: Range<Int>, of request: inout OutputBuffer, to offset: Int) {
        guard bytes.lowerBound != offset else { return }
        let all = request.withUnsafeBytes { $0 }
        request.overwrite(at: offset, with: UnsafeRawBufferPointer(rebasing: all[bytes]))
    }
}

/// Decompresses a message and holds what comes out until it has been told.
final class MessageDecoder {
    private let decompressor: Decompressor
    private var output = OutputBuffer(capacity: 1024)

    /// Makes a decoder; nil without memory.
    init?() {
        guard
            let decompressor = try? Decompressor(coding: .gzip, limits: DecodingLimits(output: 0))
        else { return nil }
        self.decompressor = decompressor
    }

    /// Decompresses one message.
    ///
    /// - Parameters:
    ///   - message: as it came; an empty one is one without bytes, as some senders have it.
    ///   - limit: the most bytes that may come out. With that, a ratio is no matter: what a message
    ///     takes is bounded as that of a plain one is.
    /// - Returns: the message, valid until the next one or ``removeAll()``.
    /// - Throws: INTERNAL for what is not gzip, RESOURCE_EXHAUSTED for more than the limit.
    func decode(
        _ message: UnsafeRawBufferPointer,
        limit: Int
    ) throws(Failure) -> UnsafeRawBufferPointer {
        self.output.removeAll()
        guard !message.isEmpty else { return self.output.withUnsafeBytes { $0 } }
        do throws(CodingError) {
            try self.decompressor.decode(
                whole: message,
                limits: DecodingLimits(output: limit, ratio: .max),
                into: &self.output
            )
        } catch {
            throw Self.failure(error, limit: limit)
        }
        return self.output.withUnsafeBytes { $0 }
    }

    /// Lets go of what came out.
    func removeAll() { self.output.removeAll() }

    private static func failure(_ error: CodingError, limit: Int) -> Failure {
        switch error {
        case .tooLarge:
            // 429 would ask the client to slow down, which helps nothing here.
            Failure(
                code: .resourceExhausted,
                origin: .gateway,
                httpStatus: 502,
                message: "a message is over the limit of \(limit) bytes when it is decompressed",
                cause: "message_too_large"
            )
        case .unavailable:
            Failure(
                code: .internal,
                origin: .gateway,
                message: "no memory to decompress a message",
                cause: "no_decoder"
            )
        case .corrupt, .truncated, .trailing, .ratio, .outputFull, .finished:
            Failure(
                code: .internal,
                origin: .gateway,
                httpStatus: 502,
                message: "expected a message compressed with gzip, found bytes that are not",
                cause: "corrupt_message"
            )
        }
    }
}
