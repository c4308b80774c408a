internal import Bytes
internal import Jansson

/// A request's body, as far as it has been read before the message is written.
enum RequestBody: BitwiseCopyable {
    /// There is none.
    case none
    case json(JSONNode)
    /// Its pairs are among the values.
    case form
    /// Its parts are the encoder's `parts`.
    case parts
    case raw(contentType: UnsafeRawBufferPointer, data: UnsafeRawBufferPointer)
}

/// Bodies that are no JSON: parts of forms, and raw data.
extension RequestEncoder {
    /// Binds a raw body to the `HttpBody` that the route's body is.
    mutating func addRaw(
        _ binding: RequestBinding,
        contentType: UnsafeRawBufferPointer,
        data: UnsafeRawBufferPointer
    ) {
        // An empty body leaves the field unset, unless it says what it is.
        guard !(contentType.isEmpty && data.isEmpty) else { return }
        let first = self.steps.count
        var type = binding.inputType
        if case .field(let path) = binding.body {
            for step in path.steps {
                self.steps.append(step)
                type = self.view.fields[Int(step)].typeIndex
            }
        }
        self.addHTTPBody(.body, type, firstStep: first, contentType: contentType, data: data)
    }

    /// Binds the two fields of a singular `HttpBody`, so that others may bind fields in it as well.
    private mutating func addHTTPBody(
        _ source: Binding.Source,
        _ type: Int32,
        firstStep: Int,
        contentType: UnsafeRawBufferPointer,
        data: UnsafeRawBufferPointer
    ) {
        // content_type = 1, data = 2 (google/api/httpbody.proto).
        let field = self.view.messages[Int(type)].firstField
        let count = self.steps.count - firstStep
        if !contentType.isEmpty {
            self.steps.append(field)
            self.append(source, .bytes, firstStep: firstStep, text: contentType)
        }
        guard !data.isEmpty || contentType.isEmpty else { return }
        var start = firstStep
        if !contentType.isEmpty {
            start = self.steps.count
            for index in 0..<count { self.steps.append(self.steps[firstStep + index]) }
        }
        self.steps.append(field &+ 1)
        self.append(source, .bytes, firstStep: start, text: data)
    }

    /// Binds the parts of a form to the fields of their names.
    mutating func addParts(
        _ binding: RequestBinding,
        depth: Int
    ) throws(TranscodingError) {
        guard let parts = self.parts else { return }
        try parts.withNames { names throws(TranscodingError) in
            for index in 0..<parts.parts.count {
                try self.add(parts.parts[index], names, binding, depth: depth)
            }
        }
    }

    private mutating func add(
        _ part: MultipartParts.Part,
        _ names: UnsafeRawBufferPointer,
        _ binding: RequestBinding,
        depth: Int
    ) throws(TranscodingError) {
        let name = UnsafeRawBufferPointer(
            rebasing: names[part.nameOffset..<part.nameOffset + part.nameCount]
        )
        let first = self.steps.count
        let key = try self.resolve(name, .form, takesAny: true, binding, depth: depth)
        guard let key else { return }
        try self.add(part, name, key: key.bytes, firstStep: first)
    }

    private mutating func add(
        _ part: MultipartParts.Part,
        _ name: UnsafeRawBufferPointer,
        key: UnsafeRawBufferPointer?,
        firstStep: Int
    ) throws(TranscodingError) {
        var field = self.view.fields[Int(self.steps[self.steps.count - 1])]
        if key != nil { field = self.entryFields(field).value }
        let essence = MediaTypeText.essence(of: part.contentType)
        let isText = essence.isEmpty || essence.equalsIgnoringCase("text/plain")
        switch self.taking(field, isMapEntry: key != nil) {
        case .bytes where part.isFile || !isText:
            self.append(.form, .bytes, firstStep: firstStep, text: part.content, key: key)
        case .httpBody:
            try self.addFile(part, field, key: key, firstStep: firstStep)
        case .bytes, .value:
            let isJSON = MediaTypeText.isJSON(essence)
            guard isJSON || isText && !part.isFile else {
                let found = isText ? "a file" : "a part of \(Excerpt.of(essence))"
                throw self.unsuitable(
                    name,
                    "expected a form field of text or of application/json, found \(found)"
                )
            }
            guard MediaTypeText.isUTF8(part.contentType) else {
                throw self.unsuitable(name, "expected UTF-8, found another charset")
            }
            if !isJSON, let refusal = QueryName.refusal(ofText: field, key: key, self.view) {
                throw self.unsuitable(name, refusal)
            }
            self.append(
                .form,
                isJSON ? .json : .text,
                firstStep: firstStep,
                text: part.content,
                key: key
            )
        }
    }

    /// Binds a file, or text, to an `HttpBody`.
    private mutating func addFile(
        _ part: MultipartParts.Part,
        _ field: FieldEntry,
        key: UnsafeRawBufferPointer?,
        firstStep: Int
    ) throws(TranscodingError) {
        var contentType = part.contentType
        if contentType.isEmpty {
            // RFC 7578, section 4.4: text is the default; a file of an unknown kind is a file.
            let text: StaticString = part.isFile ? "application/octet-stream" : "text/plain"
            contentType = UnsafeRawBufferPointer(
                start: text.utf8Start,
                count: text.utf8CodeUnitCount
            )
        }
        if field.shape == .singular, key == nil {
            self.addHTTPBody(
                .form,
                field.typeIndex,
                firstStep: firstStep,
                contentType: contentType,
                data: part.content
            )
        } else {
            self.append(
                .form,
                .bytes,
                firstStep: firstStep,
                text: part.content,
                key: key,
                contentType: contentType
            )
        }
    }

    /// What a field, or a map's value, makes of a part.
    private enum Taking {
        case bytes
        case httpBody
        case value
    }

    private func taking(_ field: FieldEntry, isMapEntry: Bool) -> Taking {
        guard field.shape != .map || isMapEntry else { return .value }
        switch field.kind {
        case .bytes: return .bytes
        case .message, .group:
            let isHTTPBody = self.view.messages[Int(field.typeIndex)].wellKnown == .httpBody
            return isHTTPBody ? .httpBody : .value
        default: return .value
        }
    }

    private func unsuitable(
        _ name: UnsafeRawBufferPointer,
        _ description: String
    ) -> TranscodingError {
        TranscodingError(field: Excerpt.of(name), description)
    }

    // MARK: - JSON of parts

    /// The JSON value that a binding has for a whole field.
    ///
    /// - Parameters:
    ///   - binding: one of `.json`.
    ///   - field: its field.
    ///   - isOnly: whether no other binding is for the same field.
    /// - Returns: nil where the binding is one of several, or one element of a list.
    /// - Throws: that a part is no JSON.
    mutating func wholeValue(
        _ binding: Binding,
        _ field: FieldEntry,
        isOnly: Bool
    ) throws(TranscodingError) -> JSONNode? {
        if let node = binding.node { return node }
        guard isOnly, binding.key == nil else { return nil }
        let node = try self.json(of: binding)
        return field.shape == .repeated && node.kind != .array ? nil : node
    }

    /// Reads a part's JSON; valid until the next part is read.
    ///
    /// Parts are read one at a time, each when its field is written: one reader is enough.
    mutating func json(of binding: Binding) throws(TranscodingError) -> JSONNode {
        do {
            return try self.reader.read(binding.text)
        } catch {
            throw TranscodingError(error, in: self.place.text(self.tables))
        }
    }
}

extension TranscodingError {
    /// A text that is no JSON, or too much of it.
    init(_ refusal: JSONRefusal, in place: String) {
        switch refusal.reason {
        case .tooLarge: self.init(.tooLarge, "\(place): \(refusal.message)")
        case .tooDeep, .syntax:
            self.init(
                refusal.reason == .tooDeep ? .tooDeep : .syntax,
                "\(place), line \(refusal.line), column \(refusal.column): \(refusal.message)",
                line: refusal.line,
                column: refusal.column
            )
        }
    }
}
