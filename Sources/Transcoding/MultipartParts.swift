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

    /// Reads a form; its bytes stay valid until `removeAll`.
    func read(
        _ body: UnsafeRawBufferPointer,
        boundary: UnsafeRawBufferPointer
    ) throws(TranscodingError) {
        self.removeAll()
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
    }

    private func append(_ name: UnsafeRawBufferPointer, hasEscapes: Bool) {
        guard hasEscapes else { return self.names.append(name) }
        var index = 0
        while index < name.count {
            // A reader of parameters does not end a value after a lone escape.
            if name[index] == UInt8(ascii: "\\"), index + 1 < name.count { index += 1 }
            self.names.append(name[index])
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
