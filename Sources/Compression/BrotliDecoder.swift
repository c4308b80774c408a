internal import CCompression

/// Brotli's decoder.
///
/// Windows beyond the 16 MiB of RFC 7932 are refused, which is the library's default; the window's
/// memory is touched as far as output fills it. The library cannot begin anew: `reset` makes a new
/// state.
final class BrotliDecoder: DecodingEngine {
    private var state: OpaquePointer

    init() throws(CodingError) {
        guard let state = BrotliDecoderCreateInstance(nil, nil, nil) else { throw .unavailable }
        self.state = state
    }

    deinit {
        BrotliDecoderDestroyInstance(self.state)
    }

    var allowsMembers: Bool { false }

    func decode(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) -> DecodingStep {
        var next = input.bindMemory(to: UInt8.self).baseAddress
        var rest = input.count
        var place = output.bindMemory(to: UInt8.self).baseAddress
        var room = output.count
        let result = BrotliDecoderDecompressStream(
            self.state,
            &rest,
            &next,
            &room,
            &place,
            nil
        )
        let state: DecodingStep.State =
            switch result {
            case BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT, BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT:
                .running
            case BROTLI_DECODER_RESULT_SUCCESS: .ended
            default: .corrupt
            }
        return DecodingStep(
            consumed: input.count - rest,
            produced: output.count - room,
            state: state
        )
    }

    func beginMember() -> Bool { false }

    func reset() throws(CodingError) {
        guard let fresh = BrotliDecoderCreateInstance(nil, nil, nil) else { throw .unavailable }
        BrotliDecoderDestroyInstance(self.state)
        self.state = fresh
    }
}
