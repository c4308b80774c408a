internal import Bytes

/// What an encoder is to do once it has taken its input.
enum EncodingOperation {
    /// Keep what it likes: the fewest bytes in the end.
    case gather
    /// Give out all that it has taken, so that a reader can decode it now.
    case flush
    /// End the stream.
    case finish
}

/// One library's encoder behind the one shape that `Compressor` needs.
protocol EncodingEngine: AnyObject {
    /// Takes all of `bytes`, does `operation`, and appends what comes out.
    func encode(
        _ bytes: UnsafeRawBufferPointer,
        _ operation: EncodingOperation,
        into output: inout OutputBuffer
    ) throws(CodingError)

    /// Begins a new stream with the same settings.
    func reset() throws(CodingError)
}

extension OutputBuffer {
    /// The most bytes that a coder asks for at once: a loop's buffer keeps that much anyway.
    private static var largestStep: Int { 16384 }

    /// Lets a coder write into the buffer.
    ///
    /// The step is as large as the input, within bounds, so that a small message leaves a small
    /// buffer small.
    ///
    /// - Parameters:
    ///   - hint: how many bytes are likely to come.
    ///   - step: writes into the space and returns how many bytes it wrote.
    /// - Throws: `outputFull` when the buffer's limit leaves no room; `step` is not called then.
    mutating func step(
        hint: Int,
        _ step: (UnsafeMutableRawBufferPointer) -> Int
    ) throws(CodingError) {
        let room = self.limit - self.count
        guard room > 0 else { throw .outputFull }
        self.append(maximum: min(room, max(256, min(hint, Self.largestStep))), step)
    }
}
