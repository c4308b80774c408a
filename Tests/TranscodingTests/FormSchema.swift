internal import Bytes
internal import Testing

@testable internal import Transcoding

/// Types of the tests' own for forms, files and updates; built by hand, without a descriptor.
enum FormSchema {
    static let upload: Int32 = 0
    static let httpBody: Int32 = 1
    static let update: Int32 = 7
    static let user: Int32 = 8
    static let answer: Int32 = 14

    static let tables: TypeTables = {
        let messages = [
            Self.uploadMessage, Self.bodyMessage, Self.anyMessage, Self.price, Self.labelEntry,
            Self.blobEntry, Self.fileEntry, Self.updateMessage, Self.userMessage, Self.mask,
            Self.address, Self.timestamp, Self.value, Self.twoMasks, Self.answerMessage,
            Self.twoResources, Self.listOfMasks, Self.fileUpdate,
        ]
        var state = EnumDraft(fullName: "f.State")
        state.values = [(0, "UNKNOWN"), (1, "ACTIVE")]
        return TypeTablesBuilder.build(messages: messages, enums: [state])
    }()

    static func path(_ name: String, in type: Int32) throws -> FieldPath {
        try FieldPath.resolve(name, in: type, tables: Self.tables, use: .body)
    }

    private static func message(
        _ name: String,
        _ fields: [FieldDraft],
        _ wellKnown: WellKnownType = .none
    ) -> MessageDraft {
        var message = MessageDraft(fullName: name)
        message.fields = fields
        message.wellKnown = wellKnown
        message.oneofCount = fields.map { Int($0.oneof) + 1 }.max() ?? 0
        return message
    }

    private static func field(
        _ number: UInt32,
        _ kind: FieldKind,
        _ name: String,
        json: String? = nil,
        type: Int32 = -1,
        shape: FieldShape = .singular,
        flags: FieldFlags = [],
        oneof: Int32 = -1
    ) -> FieldDraft {
        RequestSchema.field(
            number,
            kind,
            name,
            json: json,
            type: type,
            shape: shape,
            flags: flags,
            oneof: oneof
        )
    }

    private static func entry(_ name: String, _ kind: FieldKind, type: Int32 = -1) -> MessageDraft {
        var entry = self.message(
            name,
            [self.field(1, .string, "key"), self.field(2, kind, "value", type: type)]
        )
        entry.isMapEntry = true
        return entry
    }

    private static let uploadMessage = message(
        "f.Upload",
        [
            field(1, .string, "title"),
            field(2, .int32, "count"),
            field(3, .bytes, "data"),
            field(4, .message, "file", type: 1),
            field(5, .message, "files", type: 1, shape: .repeated),
            field(6, .message, "price", type: 3),
            field(7, .string, "tags", shape: .repeated),
            field(8, .int32, "numbers", shape: .repeated, flags: .packed),
            field(9, .message, "labels", type: 4, shape: .map),
            field(10, .message, "blobs", type: 5, shape: .map),
            field(11, .message, "attachments", type: 6, shape: .map),
            field(12, .message, "items", type: 3, shape: .repeated),
            field(13, .message, "nested", type: 0),
            field(14, .enumeration, "state", type: 0),
            field(15, .message, "at", type: 11),
            field(16, .bytes, "pages", shape: .repeated),
            field(17, .message, "anything", type: 12),
        ]
    )
    private static let bodyMessage = message(
        "google.api.HttpBody",
        [
            field(1, .string, "content_type", json: "contentType"),
            field(2, .bytes, "data"),
            field(3, .message, "extensions", type: 2, shape: .repeated),
        ],
        .httpBody
    )
    private static let anyMessage = message(
        "google.protobuf.Any",
        [field(1, .string, "type_url", json: "typeUrl"), field(2, .bytes, "value")],
        .any
    )
    private static let price = message(
        "f.Price",
        [field(1, .string, "currency"), field(2, .int64, "units")]
    )
    private static let labelEntry = entry("f.Upload.LabelsEntry", .string)
    private static let blobEntry = entry("f.Upload.BlobsEntry", .bytes)
    private static let fileEntry = entry("f.Upload.AttachmentsEntry", .message, type: 1)

    private static let updateMessage = message(
        "f.UpdateUserRequest",
        [
            field(1, .message, "user", type: 8),
            field(2, .message, "update_mask", json: "updateMask", type: 9),
            field(3, .bool, "validate_only", json: "validateOnly"),
        ]
    )
    private static let userMessage = message(
        "f.User",
        [
            field(1, .string, "name"),
            field(2, .string, "display_name", json: "displayName"),
            field(3, .message, "address", type: 10),
            field(4, .string, "tags", shape: .repeated),
            field(5, .message, "labels", type: 4, shape: .map),
            field(6, .message, "created", type: 11),
            field(7, .message, "anything", type: 12),
            field(8, .message, "manager", type: 8),
            field(9, .group, "part", type: 10, flags: [.presence, .delimited]),
            field(10, .message, "addresses", type: 10, shape: .repeated),
        ]
    )
    private static let mask = message(
        "google.protobuf.FieldMask",
        [field(1, .string, "paths", shape: .repeated)],
        .fieldMask
    )
    private static let address = message(
        "f.Address",
        [
            field(1, .string, "city"),
            field(2, .string, "zip_code", json: "zipCode"),
            field(3, .message, "country", type: 3),
        ]
    )
    private static let timestamp = message(
        "google.protobuf.Timestamp",
        [field(1, .int64, "seconds"), field(2, .int32, "nanos")],
        .timestamp
    )
    private static let value = message("google.protobuf.Value", [], .value)
    private static let twoMasks = message(
        "f.TwoMasks",
        [
            field(1, .message, "user", type: 8), field(2, .message, "read_mask", type: 9),
            field(3, .message, "update_mask", type: 9),
        ]
    )
    private static let answerMessage = message(
        "f.Answer",
        [
            field(1, .message, "file", type: 1),
            field(2, .message, "inner", type: 14),
            field(3, .message, "either", type: 1, oneof: 0),
            field(4, .string, "or", oneof: 0),
            field(5, .group, "part", type: 14, flags: [.presence, .delimited]),
            field(6, .message, "files", type: 1, shape: .repeated),
        ]
    )
    private static let twoResources = message(
        "f.TwoResources",
        [
            field(1, .message, "user", type: 8), field(2, .message, "address", type: 10),
            field(3, .message, "update_mask", type: 9), field(4, .message, "at", type: 11),
        ]
    )
    private static let listOfMasks = message(
        "f.ListOfMasks",
        [
            field(1, .message, "user", type: 8),
            field(2, .message, "masks", type: 9, shape: .repeated),
        ]
    )
    private static let fileUpdate = message(
        "f.FileUpdate",
        [
            field(1, .message, "file", type: 1), field(2, .message, "update_mask", type: 9),
        ]
    )
}

extension RequestTranscoder {
    /// Encodes one request of any format.
    func outcome(
        _ binding: RequestBinding,
        _ body: [UInt8],
        form: [(String, String)]? = nil,
        boundary: String? = nil,
        contentType: String? = nil,
        captures: [String] = [],
        query: [(String, String)] = [],
        limit: Int = .max
    ) -> RequestOutcome {
        let values = BindingValues()
        for (index, capture) in captures.enumerated() {
            Array(capture.utf8).withUnsafeBytes { values.add(capture: index, value: $0) }
        }
        for (name, value) in query {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { values.add(queryName: name, value: $0) }
            }
        }
        for (name, value) in form ?? [] {
            Array(name.utf8).withUnsafeBytes { name in
                Array(value.utf8).withUnsafeBytes { values.add(formName: name, value: $0) }
            }
        }
        let text = Array((boundary ?? contentType ?? "").utf8)
        return text.withUnsafeBytes { text in
            var format = form == nil ? BodyFormat.json : .form
            if boundary != nil { format = .multipart(boundary: text) }
            if contentType != nil { format = .raw(contentType: text) }
            return self.outcome(binding, body, format, values, limit: limit)
        }
    }

    private func outcome(
        _ binding: RequestBinding,
        _ body: [UInt8],
        _ format: BodyFormat,
        _ values: BindingValues,
        limit: Int
    ) -> RequestOutcome {
        var output = OutputBuffer(limit: limit)
        do throws(TranscodingError) {
            try body.withUnsafeBufferPointer { bytes throws(TranscodingError) in
                try self.encode(
                    binding,
                    body: UnsafeRawBufferPointer(bytes),
                    format: format,
                    values: values,
                    into: &output
                )
            }
        } catch {
            return .refused(error)
        }
        return .message(output.bytes())
    }
}

/// What the tests read of a message that a request made.
enum FormMessage {
    /// The message as JSON with original names; nil unless each field stands once and in order.
    static func json(_ bytes: [UInt8]?, _ type: Int32) -> String? {
        guard let bytes else { return nil }
        let printer = ResponsePrinter(tables: FormSchema.tables)
        var profile = JSONProfile.standard
        profile.names = .original
        var output = OutputBuffer()
        do throws(PrinterFault) {
            try bytes.withUnsafeBufferPointer { bytes throws(PrinterFault) in
                try printer.run(
                    UnsafeRawBufferPointer(bytes),
                    type,
                    profile,
                    nil,
                    isIndexed: false,
                    into: &output
                )
            }
        } catch {
            return nil
        }
        return String(decoding: output.bytes(), as: UTF8.self)
    }

    /// The paths of the mask in field `number`; nil without one.
    static func paths(_ bytes: [UInt8]?, _ number: UInt32) -> [String]? {
        guard let bytes else { return nil }
        var paths: [String]?
        try? bytes.withUnsafeBytes { bytes in
            let source = WireSource(bytes)
            var reader = WireReader(source, from: 0, to: bytes.count)
            while !reader.isAtEnd {
                let tag = try reader.tag()
                guard tag.number == number else {
                    try reader.skip(tag)
                    continue
                }
                let mask = try reader.payload()
                var inner = WireReader(source, from: mask.start, to: mask.end)
                paths = paths ?? []
                while !inner.isAtEnd {
                    _ = try inner.tag()
                    let path = source.bytes(try inner.payload())
                    paths?.append(String(decoding: path, as: UTF8.self))
                }
            }
        }
        return paths
    }
}
