internal import Bytes
internal import CCompression

/// Zstandard's encoder.
final class ZstdEncoder: EncodingEngine {
    /// 128 KiB: far below the 8 MiB that every HTTP client must take (RFC 9659, 3), so that a long
    /// stream costs a few hundred kilobytes.
    private static let windowLog: Int32 = 17

    private let context: OpaquePointer

    init(level: Int32) throws(CodingError) {
        guard let context = ZSTD_createCCtx() else { throw .unavailable }
        self.context = context
        guard
            ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)) == 0,
            ZSTD_isError(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Self.windowLog)) == 0
        else { throw .unavailable }
    }

    deinit {
        ZSTD_freeCCtx(self.context)
    }

    func encode(
        _ bytes: UnsafeRawBufferPointer,
        _ operation: EncodingOperation,
        into output: inout OutputBuffer
    ) throws(CodingError) {
        let context = self.context
        let order =
            switch operation {
            case .gather: ZSTD_e_continue
            case .flush: ZSTD_e_flush
            case .finish: ZSTD_e_end
            }
        var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
        var left = 0
        repeat {
            try output.step(hint: max(left, input.size - input.pos) + 64) { space in
                var place = ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
                left = ZSTD_compressStream2(context, &place, &input, order)
                return place.pos
            }
            guard ZSTD_isError(left) == 0 else { throw .unavailable }
            // What is left counts only where it was asked to come out.
        } while input.pos < input.size || (order != ZSTD_e_continue && left > 0)
    }

    func reset() throws(CodingError) {
        guard ZSTD_isError(ZSTD_CCtx_reset(self.context, ZSTD_reset_session_only)) == 0 else {
            throw .unavailable
        }
    }
}
