/// What became of one step of a decoder.
struct DecodingStep {
    /// Bytes read from the input.
    var consumed: Int
    /// Bytes written to the output.
    var produced: Int
    var state: State

    enum State {
        /// It needs more input, or more room.
        case running
        /// The stream, or one member of it, has ended right here.
        case ended
        case corrupt
        case unavailable
    }
}

/// One library's decoder behind the one shape that `Decompressor` needs.
protocol DecodingEngine: AnyObject {
    /// Whether another member may follow the end of one, as one stream (RFC 1952, 2.2; RFC 8878, 3).
    var allowsMembers: Bool { get }

    /// Decodes some of `input` into some of `output`; both may be empty.
    func decode(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) -> DecodingStep

    /// Makes it ready for the next member of the same stream.
    func beginMember() -> Bool

    /// Makes it ready for another stream.
    func reset() throws(CodingError)
}
