/// The bytes of a whole message, borrowed for the duration of one print.
struct WireSource: BitwiseCopyable {
    let base: UnsafeRawPointer
    let count: Int

    init(_ bytes: UnsafeRawBufferPointer) {
        let nothing: StaticString = ""
        self.base = bytes.baseAddress ?? UnsafeRawPointer(nothing.utf8Start)
        self.count = bytes.count
    }

    func bytes(_ segment: WireSegment) -> UnsafeRawBufferPointer {
        precondition(
            segment.start >= 0 && segment.start <= segment.end && segment.end <= self.count
        )
        return UnsafeRawBufferPointer(
            start: self.base + segment.start,
            count: segment.end &- segment.start
        )
    }
}

/// The fields of one message: a part of the bytes, and perhaps further parts.
///
/// A singular message that is on the wire several times is all of its parts one after the other
/// (protobuf "Encoding", section "Last One Wins": merging is concatenation).
struct WireSegment: BitwiseCopyable {
    var start: Int
    var end: Int
    /// The next part, an index into `PrinterScratch.occurrences`; `PrinterScratch.none` without.
    var next: UInt32 = PrinterScratch.none

    var isEmpty: Bool { self.start == self.end }
}
