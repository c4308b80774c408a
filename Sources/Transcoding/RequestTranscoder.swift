public import Bytes
internal import Jansson

/// Makes a backend's request message from an HTTP request: its body, path and query.
///
/// One for each event loop: it keeps the memory that it works in, so that a request of ordinary size
/// allocates nothing.
public final class RequestTranscoder {
    private let tables: TypeTables
    private let depth: Int
    /// All that changes in one property, which a request accesses once; see `JSONReader`.
    private var encoder: RequestEncoder

    /// Makes a transcoder for the types of `tables`.
    public init(tables: TypeTables, limits: TranscodingLimits = TranscodingLimits()) {
        self.tables = tables
        self.depth = limits.depth
        self.encoder = RequestEncoder(
            tables: tables,
            reader: JSONReader(depth: limits.depth, memory: limits.jsonMemory)
        )
    }

    /// Appends the request message to `output`.
    ///
    /// Fields are written in order of number. On an error `output` is as it was.
    ///
    /// - Parameters:
    ///   - binding: how the route makes its message.
    ///   - body: the request's body, whole; empty, or white space only, counts as no body.
    ///   - format: how the body is written.
    ///   - values: what the template captured and the query has, decoded.
    ///   - output: takes the message, up to its limit.
    /// - Throws: `.syntax`, `.tooDeep` and `.field` for 400, `.tooLarge` for 413.
    public func encode(
        _ binding: RequestBinding,
        body: UnsafeRawBufferPointer,
        format: BodyFormat = .json,
        values: BindingValues,
        into output: inout OutputBuffer
    ) throws(TranscodingError) {
        try Self.encode(
            binding,
            body: body,
            format: format,
            values: values,
            tables: self.tables,
            depth: self.depth,
            encoder: &self.encoder,
            into: &output
        )
    }

    private static func encode(
        _ binding: RequestBinding,
        body: UnsafeRawBufferPointer,
        format: BodyFormat,
        values: BindingValues,
        tables: TypeTables,
        depth: Int,
        encoder: inout RequestEncoder,
        into output: inout OutputBuffer
    ) throws(TranscodingError) {
        defer { encoder.reader.reset() }
        let content: RequestBody
        if case .json = format {
            content = try self.read(body, for: binding.body, with: &encoder.reader)
        } else {
            content = try self.read(body, format, binding, tables: tables, with: &encoder)
        }
        defer { if case .parts = content { encoder.parts?.removeAll() } }
        let limit = max(0, output.limit - output.count)
        try tables.withView { view throws(TranscodingError) in
            encoder.begin(
                view: view,
                ignoresUnknown: !binding.refusesUnknownFields,
                limit: limit
            )
            defer { encoder.view = .empty }
            try values.withContent { values, arena throws(TranscodingError) in
                guard !values.isOverLimit else {
                    throw TranscodingError(.tooLarge, "the query is larger than its limit")
                }
                try encoder.request(
                    binding,
                    body: content,
                    values: values,
                    arena: arena,
                    depth: depth
                )
            }
        }
        let before = output.count
        encoder.writer.move(into: &output)
        guard !output.isOverLimit else {
            output.truncate(to: before)
            throw TranscodingError(.tooLarge, "the request message is over its limit")
        }
    }

    /// Checks that the route takes such a body, and takes a form in parts apart.
    @inline(never)
    private static func read(
        _ body: UnsafeRawBufferPointer,
        _ format: BodyFormat,
        _ binding: RequestBinding,
        tables: TypeTables,
        with encoder: inout RequestEncoder
    ) throws(TranscodingError) -> RequestBody {
        switch format {
        case .json: return .none
        case .form, .multipart:
            guard binding.takesForm(tables: tables) else {
                throw TranscodingError(.field, "expected a JSON body, found a form")
            }
            guard case .multipart(let boundary) = format else { return .form }
            guard !body.isEmpty else { return .none }
            let parts = encoder.parts ?? MultipartParts()
            encoder.parts = parts
            try parts.read(body, boundary: boundary)
            return .parts
        case .raw(let contentType):
            guard binding.takesRawBody(tables: tables) else {
                throw TranscodingError(.field, "expected a JSON body, found another content type")
            }
            return .raw(contentType: contentType, data: body)
        }
    }

    private static func read(
        _ body: UnsafeRawBufferPointer,
        for binding: BodyBinding,
        with reader: inout JSONReader
    ) throws(TranscodingError) -> RequestBody {
        if self.isBlank(body) { return .none }
        if case .none = binding {
            throw TranscodingError(
                .field,
                "expected no body, found one of \(body.count) bytes",
                violations: [
                    FieldViolation(field: "", description: "expected no body, found one")
                ]
            )
        }
        do {
            return .json(try reader.read(body))
        } catch {
            throw TranscodingError(error, in: "body")
        }
    }

    private static func isBlank(_ body: UnsafeRawBufferPointer) -> Bool {
        for byte in body where byte != 0x20 && byte != 0x0A && byte != 0x0D && byte != 0x09 {
            return false
        }
        return true
    }
}
