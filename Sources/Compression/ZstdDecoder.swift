internal import CCompression

/// Zstandard's decoder, without dictionaries.
final class ZstdDecoder: DecodingEngine {
    /// 8 MiB: what RFC 9659, section 3, lets a sender use in HTTP; a frame that asks for more is
    /// refused before its memory is taken.
    private static let largestWindowLog: Int32 = 23

    private let context: OpaquePointer

    init() throws(CodingError) {
        guard let context = ZSTD_createDCtx() else { throw .unavailable }
        self.context = context
        let result = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Self.largestWindowLog)
        guard ZSTD_isError(result) == 0 else { throw .unavailable }
    }

    deinit {
        ZSTD_freeDCtx(self.context)
    }

    var allowsMembers: Bool { true }

    func decode(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) -> DecodingStep {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var place = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_decompressStream(self.context, &place, &source)
        let state: DecodingStep.State =
            ZSTD_isError(result) != 0 ? .corrupt : result == 0 ? .ended : .running
        return DecodingStep(consumed: source.pos, produced: place.pos, state: state)
    }

    /// The library itself goes on with the next frame, or passes over a skippable one.
    func beginMember() -> Bool { true }

    func reset() throws(CodingError) {
        guard ZSTD_isError(ZSTD_DCtx_reset(self.context, ZSTD_reset_session_only)) == 0 else {
            throw .unavailable
        }
    }
}
