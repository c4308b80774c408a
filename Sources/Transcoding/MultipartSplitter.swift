internal import Bytes

/// Finds the file in a form (`multipart/form-data`, RFC 7578) that arrives in pieces, and hands it
/// out as it comes.
///
/// The form has one file: a part with a file name, or with the name of the field that `stream_body`
/// names. What stands in front of it are the form's fields, which are held, whole and bounded, until
/// the file begins and they can be bound (`bindFields`). A field behind the file comes too late to
/// be bound and is refused, unless it is empty; so is a second file.
///
/// ```
/// var rest = piece
/// while let event = try splitter.next(&rest) { … }
/// ```
///
/// A class, and a new one for each form: a form is rare and large.
public final class MultipartSplitter {
    public enum Event {
        /// The file begins: the fields in front of it can be bound now.
        ///
        /// Its Content-Type is valid until the next call, and `application/octet-stream` for a file
        /// without one.
        case file(contentType: UnsafeRawBufferPointer)
        /// Some of the file, never empty; valid until the next call and while the piece is.
        case piece(UnsafeRawBufferPointer)
    }

    private enum Role {
        case field
        case file
        /// A field behind the file.
        case late
    }

    private var framing: Framing
    private var role = Role.field
    private var hasFile = false
    /// The field that takes the file; nil where a `google.api.HttpBody` takes it.
    let chunkField: ChunkField?
    private let fieldLimit: Int
    /// What the body has up to the file; a form of its own, but for its last boundary.
    private var fields: OutputBuffer
    private var refusal: TranscodingError?

    /// Makes a splitter for one body.
    ///
    /// - Parameters:
    ///   - contentType: the request's Content-Type; one without a valid boundary is an error of the
    ///     first call.
    ///   - chunkField: the field that takes the file, if there is one.
    ///   - fieldLimit: the most bytes in front of the file.
    public init(contentType: UnsafeRawBufferPointer, chunkField: ChunkField?, fieldLimit: Int) {
        let boundary = MultipartBoundary.find(in: contentType)
        self.framing = Framing(boundary: boundary ?? UnsafeRawBufferPointer(start: nil, count: 0))
        self.chunkField = chunkField
        self.fieldLimit = fieldLimit
        self.fields = OutputBuffer(capacity: 256, limit: fieldLimit)
        if boundary == nil {
            self.refusal = TranscodingError(
                .syntax,
                "expected one boundary of 1 to 70 characters in content-type: multipart/form-data"
            )
        }
    }

    /// Bytes of memory held for the fields.
    public var heldBytes: Int { self.fields.count + self.framing.headerLines.count }

    /// Takes what comes next out of a piece of the body.
    ///
    /// - Parameter bytes: what came; shortened by what was read.
    /// - Returns: nil when the piece is used up.
    /// - Throws: `.syntax` and `.field` for 400, `.tooLarge` for 413, the same for ever after.
    public func next(
        _ bytes: inout UnsafeRawBufferPointer
    ) throws(TranscodingError) -> Event? {
        if let refusal = self.refusal { throw refusal }
        do throws(TranscodingError) {
            while let event = try self.framing.next(&bytes) {
                switch event {
                case .part(let headers):
                    if let file = try self.begin(headers) { return file }
                case .content(let content):
                    switch self.role {
                    case .file: return .piece(content)
                    case .field: try self.hold(content)
                    case .late: throw self.tooLate()
                    }
                }
            }
            return nil
        } catch {
            throw self.refuse(error)
        }
    }

    /// Takes the end of the body; to be called once, when all pieces are used up.
    ///
    /// - Throws: `.syntax` when the form is not whole, or had no file.
    public func end() throws(TranscodingError) {
        if let refusal = self.refusal { throw refusal }
        do throws(TranscodingError) {
            try self.framing.end()
        } catch {
            throw self.refuse(error)
        }
        guard self.hasFile else {
            let name = self.chunkField.map { ", or named \"\($0.name)\"" } ?? ""
            throw self.refuse(
                TranscodingError(
                    .syntax,
                    "body: expected a file in the form, a part with a file name\(name), found none"
                )
            )
        }
    }

    private func refuse(_ error: TranscodingError) -> TranscodingError {
        self.refusal = error
        self.fields.removeAll()
        return error
    }

    // MARK: - Parts

    private func begin(_ headers: MultipartHeaders) throws(TranscodingError) -> Event? {
        let isFile = headers.isFile || self.isChunk(headers.name)
        guard !self.hasFile else {
            guard !isFile else {
                throw TranscodingError(
                    field: Excerpt.of(headers.name),
                    "expected one file in the form, found a second"
                )
            }
            self.role = .late
            return nil
        }
        guard isFile else {
            self.role = .field
            try self.hold(self.framing.boundaryLine)
            try self.hold(Self.bytes("\r\n"))
            try self.hold(self.framing.headerLines)
            return nil
        }
        self.hasFile = true
        self.role = .file
        guard headers.contentType.isEmpty else { return .file(contentType: headers.contentType) }
        return .file(contentType: Self.bytes("application/octet-stream"))
    }

    private func isChunk(_ name: UnsafeRawBufferPointer) -> Bool {
        guard let field = self.chunkField else { return false }
        return name.elementsEqual(field.name.utf8)
    }

    private func hold(_ bytes: UnsafeRawBufferPointer) throws(TranscodingError) {
        self.fields.append(bytes)
        guard !self.fields.isOverLimit else {
            throw TranscodingError(
                .tooLarge,
                "body: expected at most \(self.fieldLimit) bytes in front of the file, found more"
            )
        }
    }

    private func tooLate() -> TranscodingError {
        var headers = MultipartHeaders()
        _ = try? headers.read(self.framing.headerLines, from: 0)
        return TranscodingError(
            field: Excerpt.of(headers.name),
            "expected the form's fields in front of the file, found one behind it, "
                + "which comes too late to be sent with it: put it in front"
        )
    }

    private static func bytes(_ text: StaticString) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    // MARK: - Fields

    /// Lets `body` see the fields in front of the file, and then forgets them.
    func takeFields(
        _ body: (MultipartParts) throws(TranscodingError) -> Void
    ) throws(TranscodingError) {
        guard !self.fields.isEmpty else { return }
        defer { self.fields.removeAll(keeping: 0) }
        self.fields.limit = .max
        self.fields.append(self.framing.boundaryLine)
        self.fields.append("--")
        let line = self.framing.boundaryLine
        let parts = MultipartParts()
        try parts.read(
            self.fields.withUnsafeBytes { $0 },
            boundary: UnsafeRawBufferPointer(rebasing: line.dropFirst(4))
        )
        try body(parts)
    }
}

extension MultipartSplitter: Equatable {
    /// Whether they are one and the same.
    public static func == (one: MultipartSplitter, other: MultipartSplitter) -> Bool {
        one === other
    }
}
