public import Bytes

/// Makes a stream of bytes smaller, as a whole or message by message.
///
/// A compressor belongs to one event loop and is used again and again: `reset` begins a new stream
/// with the memory of the last (Brotli's library makes its state anew). At the default levels a
/// stream holds 0.5 to 0.6 MB for gzip, 0.7 to 1.1 MB for zstd and 0.9 to 1.7 MB for br, the lower
/// figure while it is short: keep few of them, and give them out.
///
/// After an error nothing but `reset` works.
public final class Compressor {
    public let coding: Coding
    private let engine: any EncodingEngine
    private var hasEnded = false

    /// Makes a compressor that is ready for its first stream.
    ///
    /// - Parameters:
    ///   - coding: the format.
    ///   - level: one of the coding's `levels`, clamped to them; nil for its default.
    /// - Throws: `unavailable` without memory.
    public init(coding: Coding, level: Int32? = nil) throws(CodingError) {
        self.coding = coding
        let levels = coding.levels
        let level = min(max(level ?? coding.defaultLevel, levels.lowerBound), levels.upperBound)
        self.engine =
            switch coding {
            case .gzip: try GzipEncoder(level: level)
            case .br: try BrotliEncoder(level: level)
            case .zstd: try ZstdEncoder(level: level)
            }
    }

    /// Takes `bytes`; what comes out now, which may be nothing, is appended.
    ///
    /// - Throws: `outputFull`, `finished`, `unavailable`.
    public func append(
        _ bytes: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        guard !bytes.isEmpty else { return }
        try self.encode(bytes, .gather, into: &output)
    }

    /// Gives out all that was taken, so that the client can read a stream's message now.
    ///
    /// Costs a few bytes and some of the gain. Without anything new to say it may append a few
    /// bytes that mean nothing.
    public func flush(into output: inout OutputBuffer) throws(CodingError) {
        try self.encode(UnsafeRawBufferPointer(start: nil, count: 0), .flush, into: &output)
    }

    /// Takes `bytes` and gives all out at once: a stream's message.
    public func flush(
        appending bytes: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        try self.encode(bytes, .flush, into: &output)
    }

    /// Ends the stream; only `reset` may follow.
    public func finish(into output: inout OutputBuffer) throws(CodingError) {
        try self.finish(appending: UnsafeRawBufferPointer(start: nil, count: 0), into: &output)
    }

    /// Takes the last `bytes` and ends the stream.
    public func finish(
        appending bytes: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        try self.encode(bytes, .finish, into: &output)
        self.hasEnded = true
    }

    /// Begins a new stream, whatever became of the last.
    public func reset() throws(CodingError) {
        self.hasEnded = true
        try self.engine.reset()
        self.hasEnded = false
    }

    /// Compresses `bytes` as a stream of their own: a unary answer, or one gRPC message.
    ///
    /// Begins with a `reset` itself.
    public func encode(
        whole bytes: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        try self.reset()
        try self.finish(appending: bytes, into: &output)
    }

    private func encode(
        _ bytes: UnsafeRawBufferPointer,
        _ operation: EncodingOperation,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        guard !self.hasEnded else { throw .finished }
        do {
            try self.engine.encode(bytes, operation, into: &output)
        } catch {
            self.hasEnded = true
            throw error
        }
    }
}
