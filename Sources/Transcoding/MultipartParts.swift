internal import Bytes

/// The parts of one form, taken apart before the message is written; reused for the next form.
///
/// An event loop has one from its first multipart request on.
final class MultipartParts {
    struct Part: BitwiseCopyable {
        var nameOffset: Int
        var nameCount: Int
        var isFile: Bool
        /// Empty without one.
        var contentType: UnsafeRawBufferPointer
        var content: UnsafeRawBufferPointer
    }

    private(set) var parts = ScratchList<Part>()
    /// The names without their escapes.
    private var names = OutputBuffer(capacity: 256)

    /// Reads a form into the empty list; the form's bytes stay valid until `removeAll`.
    ///
    /// - Throws: `.syntax` for bad framing; the list is then empty.
    func read(
        _ body: UnsafeRawBufferPointer,
        boundary: UnsafeRawBufferPointer
    ) throws(TranscodingError) {
        var isWhole = false
        defer { if !isWhole { self.removeAll() } }
        var reader = MultipartReader(body, boundary: boundary)
        while let part = try reader.next() {
            let offset = self.names.count
            self.append(part.headers.name, hasEscapes: part.headers.hasEscapes)
            self.parts.append(
                Part(
                    nameOffset: offset,
                    nameCount: self.names.count - offset,
                    isFile: part.headers.isFile,
                    contentType: part.headers.contentType,
                    content: part.content
                )
            )
        }
        isWhole = true
    }

    /// Appends a name without its escapes.
    ///
    /// Clients write a quote in a name as `\"`, as RFC 2045 has it, or as `%22`; and line ends as
    /// `%0D` and `%0A` (WHATWG HTML, section 4.10.21.8, so browsers and curl). No other `%` is one.
    private func append(_ name: UnsafeRawBufferPointer, hasEscapes: Bool) {
        var index = 0
        while index < name.count {
            var byte = name[index]
            if byte == UInt8(ascii: "\\"), hasEscapes, index + 1 < name.count {
                index += 1
                byte = name[index]
            } else if byte == UInt8(ascii: "%"), index + 2 < name.count {
                switch (name[index + 1], name[index + 2] | 0x20) {
                case (UInt8(ascii: "2"), UInt8(ascii: "2")): byte = UInt8(ascii: "\"")
                case (UInt8(ascii: "0"), UInt8(ascii: "d")): byte = 0x0D
                case (UInt8(ascii: "0"), UInt8(ascii: "a")): byte = 0x0A
                default: break
                }
                if byte != UInt8(ascii: "%") { index += 2 }
            }
            self.names.append(byte)
            index += 1
        }
    }

    /// Lets `body` see the names, which the parts' offsets count in.
    func withNames<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try self.names.withUnsafeBytes(body)
    }

    func removeAll() {
        self.parts.removeAll()
        self.names.removeAll()
    }
}
