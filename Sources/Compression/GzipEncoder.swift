internal import Bytes
internal import CCompression

/// zlib's deflate in gzip's wrapping.
///
/// The stream lies in memory of its own, because zlib's state points back at it.
final class GzipEncoder: EncodingEngine {
    /// 32 KiB, the largest window of the format; the 16 asks for gzip's header and trailer.
    private static let windowBits: Int32 = 15 + 16
    /// zlib's default.
    private static let memoryLevel: Int32 = 8

    private let stream: UnsafeMutablePointer<z_stream>

    init(level: Int32) throws(CodingError) {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        let result = deflateInit2_(
            self.stream,
            level,
            Z_DEFLATED,
            Self.windowBits,
            Self.memoryLevel,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        // A stream that zlib has not set up is safe to end: `deflateEnd` looks at its state.
        guard result == Z_OK else { throw .unavailable }
    }

    deinit {
        deflateEnd(self.stream)
        self.stream.deinitialize(count: 1)
        self.stream.deallocate()
    }

    func encode(
        _ bytes: UnsafeRawBufferPointer,
        _ operation: EncodingOperation,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        var rest = bytes
        repeat {
            // zlib counts in 32 bits.
            let part = UnsafeRawBufferPointer(rebasing: rest[..<min(rest.count, 1 << 30)])
            rest = UnsafeRawBufferPointer(rebasing: rest[part.count...])
            try self.encode(part: part, rest.isEmpty ? operation : .gather, into: &output)
        } while !rest.isEmpty
    }

    private func encode(
        part: UnsafeRawBufferPointer,
        _ operation: EncodingOperation,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        let stream = self.stream
        // zlib does not write to its input; its C type lacks the `const`.
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: part.bindMemory(to: UInt8.self).baseAddress
        )
        stream.pointee.avail_in = UInt32(part.count)
        defer {
            stream.pointee.next_in = nil
            stream.pointee.avail_in = 0
        }
        let flush =
            switch operation {
            case .gather: Z_NO_FLUSH
            case .flush: Z_SYNC_FLUSH
            case .finish: Z_FINISH
            }
        var result = Z_OK
        repeat {
            try output.step(hint: Int(stream.pointee.avail_in) + 64) { space in
                stream.pointee.next_out = space.bindMemory(to: UInt8.self).baseAddress
                stream.pointee.avail_out = UInt32(space.count)
                result = deflate(stream, flush)
                return space.count - Int(stream.pointee.avail_out)
            }
            guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else {
                throw .unavailable
            }
            // A full output means that there may be more; anything else that all has been said.
        } while stream.pointee.avail_out == 0 && result != Z_STREAM_END
    }

    func reset() throws(CodingError) {
        guard deflateReset(self.stream) == Z_OK else { throw .unavailable }
    }
}
