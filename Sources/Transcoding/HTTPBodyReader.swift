/// Reads the `google.api.HttpBody` of an answer from its wire bytes.
///
/// Made for a route when the configuration is loaded. Where it exists, an answer is no JSON: its data
/// goes to the client as it is.
public struct HTTPBodyReader: Sendable, Hashable {
    /// What an answer holds; valid while the message is.
    public struct View {
        /// The media type; empty if the backend gave none.
        ///
        /// It is the backend's word, and any bytes: to be checked before it goes into a head.
        public fileprivate(set) var contentType = UnsafeRawBufferPointer(start: nil, count: 0)
        public fileprivate(set) var data = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// One field of the path from the answer's type to the body.
    private struct Step: Sendable, Hashable {
        let number: UInt32
        /// The other members of its oneof: where one follows, the field is not set.
        let rivals: [UInt32]
    }

    private let steps: [Step]
    private let typeName: String

    /// Makes a reader for a route; nil where its answer is no HttpBody.
    ///
    /// - Parameters:
    ///   - type: the method's output type.
    ///   - field: the rule's `response_body`, nil for the whole message.
    ///   - tables: the types.
    public init?(type: Int32, field: FieldPath?, tables: TypeTables) {
        if let field {
            guard field.isHTTPBody(tables) else { return nil }
        } else {
            guard tables.messages[Int(type)].wellKnown == .httpBody else { return nil }
        }
        var type = type
        var steps: [Step] = []
        for index in field?.steps ?? [] {
            let message = tables.messages[Int(type)]
            let siblings = tables.fields[Int(message.firstField)...].prefix(Int(message.fieldCount))
            let entry = tables.fields[Int(index)]
            let rivals = siblings.filter { $0.oneof == entry.oneof && $0.number != entry.number }
            steps.append(
                Step(number: entry.number, rivals: entry.oneof < 0 ? [] : rivals.map(\.number))
            )
            type = entry.typeIndex
        }
        self.steps = steps
        self.typeName = tables.string(tables.messages[Int(type)].fullName)
    }

    /// Reads an answer: the last value of each field counts, messages in parts are one.
    ///
    /// - Parameter message: the message as it came, without gRPC's prefix.
    /// - Returns: what it holds; both parts are empty where the body is not set.
    /// - Throws: `.backend` for bytes that are not the wire format.
    public func read(_ message: UnsafeRawBufferPointer) throws(TranscodingError) -> View {
        var view = View()
        do throws(PrinterFault) {
            let whole = WireSegment(start: 0, end: message.count)
            try self.read(WireSource(message), whole, level: 0, into: &view)
        } catch {
            throw TranscodingError(
                .backend,
                "the backend's \(self.typeName) cannot be read: \(error.description)"
            )
        }
        return view
    }

    private func read(
        _ source: WireSource,
        _ segment: WireSegment,
        level: Int,
        into view: inout View
    ) throws(PrinterFault) {
        var reader = WireReader(source, from: segment.start, to: segment.end)
        while !reader.isAtEnd {
            let tag = try reader.tag()
            guard level == self.steps.count else {
                try self.step(&reader, tag, source, level: level, into: &view)
                continue
            }
            // content_type = 1, data = 2 (google/api/httpbody.proto).
            switch (tag.number, tag.type) {
            case (1, .length): view.contentType = source.bytes(try reader.payload())
            case (2, .length): view.data = source.bytes(try reader.payload())
            default: try reader.skip(tag)
            }
        }
    }

    private func step(
        _ reader: inout WireReader,
        _ tag: WireTag,
        _ source: WireSource,
        level: Int,
        into view: inout View
    ) throws(PrinterFault) {
        let step = self.steps[level]
        guard tag.number == step.number, tag.type == .length || tag.type == .groupStart else {
            if step.rivals.contains(tag.number) { view = View() }
            return try reader.skip(tag)
        }
        let inner = tag.type == .length ? try reader.payload() : try reader.group(tag.number)
        try self.read(source, inner, level: level + 1, into: &view)
    }
}
