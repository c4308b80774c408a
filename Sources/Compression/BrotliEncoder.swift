internal import Bytes
internal import CCompression

/// Brotli's encoder.
///
/// The library cannot begin a stream anew: `reset` makes a new state, whose memory the allocator has
/// still at hand.
final class BrotliEncoder: EncodingEngine {
    /// 256 KiB: most answers fit, and a long stream does not grow into the library's default window
    /// of 4 MiB.
    private static let windowBits: UInt32 = 18

    private let level: UInt32
    private var state: OpaquePointer

    init(level: Int32) throws(CodingError) {
        self.level = UInt32(clamping: level)
        self.state = try Self.makeState(level: self.level)
    }

    deinit {
        BrotliEncoderDestroyInstance(self.state)
    }

    private static func makeState(level: UInt32) throws(CodingError) -> OpaquePointer {
        guard let state = BrotliEncoderCreateInstance(nil, nil, nil) else { throw .unavailable }
        BrotliEncoderSetParameter(state, BROTLI_PARAM_QUALITY, level)
        BrotliEncoderSetParameter(state, BROTLI_PARAM_LGWIN, Self.windowBits)
        BrotliEncoderSetParameter(state, BROTLI_PARAM_MODE, BROTLI_MODE_TEXT.rawValue)
        return state
    }

    func encode(
        _ bytes: UnsafeRawBufferPointer,
        _ operation: EncodingOperation,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        let state = self.state
        let order =
            switch operation {
            case .gather: BROTLI_OPERATION_PROCESS
            case .flush: BROTLI_OPERATION_FLUSH
            case .finish: BROTLI_OPERATION_FINISH
            }
        var next = bytes.bindMemory(to: UInt8.self).baseAddress
        var rest = bytes.count
        var succeeded = BROTLI_FALSE
        repeat {
            try output.step(hint: rest + 64) { space in
                var place = space.bindMemory(to: UInt8.self).baseAddress
                var room = space.count
                succeeded = BrotliEncoderCompressStream(
                    state,
                    order,
                    &rest,
                    &next,
                    &room,
                    &place,
                    nil
                )
                return space.count - room
            }
            guard succeeded == BROTLI_TRUE else { throw .unavailable }
        } while rest > 0 || BrotliEncoderHasMoreOutput(state) == BROTLI_TRUE
    }

    func reset() throws(CodingError) {
        let fresh = try Self.makeState(level: self.level)
        BrotliEncoderDestroyInstance(self.state)
        self.state = fresh
    }
}
