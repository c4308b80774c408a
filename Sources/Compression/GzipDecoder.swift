internal import CCompression

/// zlib's inflate in gzip's wrapping; header, checksum and length are checked.
///
/// The stream lies in memory of its own, because zlib's state points back at it.
final class GzipDecoder: DecodingEngine {
    /// The largest window of the format, 32 KiB; the 16 asks for gzip's header and no other.
    private static let windowBits: Int32 = 15 + 16

    private let stream: UnsafeMutablePointer<z_stream>

    init() throws(CodingError) {
        self.stream = .allocate(capacity: 1)
        self.stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        // A stream that zlib has not set up is safe to end: `inflateEnd` looks at its state.
        guard inflateInit2_(self.stream, Self.windowBits, ZLIB_VERSION, size) == Z_OK else {
            throw .unavailable
        }
    }

    deinit {
        inflateEnd(self.stream)
        self.stream.deinitialize(count: 1)
        self.stream.deallocate()
    }

    var allowsMembers: Bool { true }

    func decode(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) -> DecodingStep {
        // zlib counts in 32 bits, and does not write to its input; its C type lacks the `const`.
        let given = min(input.count, 1 << 30)
        let room = min(output.count, 1 << 30)
        let stream = self.stream
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.bindMemory(to: UInt8.self).baseAddress
        )
        stream.pointee.avail_in = UInt32(given)
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = UInt32(room)
        let result = inflate(stream, Z_NO_FLUSH)
        let state: DecodingStep.State =
            switch result {
            case Z_OK, Z_BUF_ERROR: .running
            case Z_STREAM_END: .ended
            case Z_MEM_ERROR: .unavailable
            default: .corrupt
            }
        let consumed = given - Int(stream.pointee.avail_in)
        let produced = room - Int(stream.pointee.avail_out)
        stream.pointee.next_in = nil
        stream.pointee.avail_in = 0
        return DecodingStep(consumed: consumed, produced: produced, state: state)
    }

    func beginMember() -> Bool {
        inflateReset(self.stream) == Z_OK
    }

    func reset() throws(CodingError) {
        guard self.beginMember() else { throw .unavailable }
    }
}
