internal import Bytes
internal import Jansson

/// Gathers what a request binds.
extension RequestEncoder {
    /// Fills `bindings` with the body of a `body: field`, a form, the captures and the query.
    mutating func collect(
        _ binding: RequestBinding,
        body: RequestBody,
        values: borrowing BindingValues.Content,
        arena: UnsafeRawBufferPointer,
        depth: Int
    ) throws(TranscodingError) {
        self.bindings.removeAll()
        self.steps.removeAll()
        switch body {
        case .none, .form: break
        case .json(let node):
            if case .field(let path) = binding.body {
                let first = self.append(path.steps)
                let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
                self.append(.body, .json, firstStep: first, text: nothing, node: node)
            }
        case .parts: try self.addParts(binding, depth: depth)
        case .raw(let contentType, let data):
            self.addRaw(binding, contentType: contentType, data: data)
        }
        for index in 0..<values.values.count {
            let value = values.values[index]
            let start = Int(value.valueOffset)
            let text = UnsafeRawBufferPointer(
                rebasing: arena[start..<start + Int(value.valueCount)]
            )
            if value.capture >= 0 {
                guard Int(value.capture) < binding.captures.count else { continue }
                let first = self.append(binding.captures[Int(value.capture)].steps)
                self.append(.capture, .text, firstStep: first, text: text)
                continue
            }
            var source = Binding.Source.query
            if value.capture == BindingValues.Value.form {
                guard case .form = body else { continue }
                source = .form
            }
            let nameStart = Int(value.nameOffset)
            let name = UnsafeRawBufferPointer(
                rebasing: arena[nameStart..<nameStart + Int(value.nameCount)]
            )
            let first = self.steps.count
            let key = try self.resolve(name, source, takesAny: false, binding, depth: depth)
            guard let key else { continue }
            if source == .query { try self.checkQuery(binding, firstStep: first) }
            self.append(source, .text, firstStep: first, text: text, key: key.bytes)
        }
        if let mask = binding.patchMask, case .json(let node) = body {
            self.addMask(mask, binding, body: node)
        }
        guard self.bindings.count > 1 else { return }
        let steps = self.steps.start
        self.bindings.sort { one, other in
            Self.compare(one, other, steps: steps) < 0
        }
    }

    /// Appends the steps of a path; gives where they begin.
    private mutating func append(_ path: [Int32]) -> Int {
        let first = self.steps.count
        for step in path { self.steps.append(step) }
        return first
    }

    /// Adds a binding whose steps are those from `firstStep` on.
    mutating func append(
        _ source: Binding.Source,
        _ notation: Binding.Notation,
        firstStep: Int,
        text: UnsafeRawBufferPointer,
        key: UnsafeRawBufferPointer? = nil,
        contentType: UnsafeRawBufferPointer? = nil,
        node: JSONNode? = nil
    ) {
        self.bindings.append(
            Binding(
                source: source,
                notation: notation,
                firstStep: Int32(truncatingIfNeeded: firstStep),
                stepCount: Int32(truncatingIfNeeded: self.steps.count - firstStep),
                order: Int32(truncatingIfNeeded: self.bindings.count),
                text: text,
                key: key,
                contentType: contentType,
                node: node
            )
        )
    }

    /// The key of a map's entry, where a name has one.
    struct EntryKey {
        var bytes: UnsafeRawBufferPointer?
    }

    /// Appends the steps that the name of a parameter or a form field names.
    ///
    /// - Returns: its key; nil, and no steps, for an unknown name that is ignored.
    mutating func resolve(
        _ name: UnsafeRawBufferPointer,
        _ source: Binding.Source,
        takesAny: Bool,
        _ binding: RequestBinding,
        depth: Int
    ) throws(TranscodingError) -> EntryKey? {
        let first = self.steps.count
        let outcome = QueryName.resolve(
            name,
            in: binding.inputType,
            view: self.view,
            depth: depth,
            takesAny: takesAny,
            into: &self.steps
        )
        switch outcome {
        case .unknown(let message, let segment):
            self.steps.truncate(to: first)
            let isForm = source == .form
            guard isForm ? binding.refusesUnknownFields : binding.refusesUnknownQuery else {
                return nil
            }
            let message = self.view.messages[Int(message)]
            throw self.unknownName(name, segment, of: message, isForm: isForm)
        case .unsuitable(let description):
            throw TranscodingError(field: Excerpt.of(name), description)
        case .field(let key):
            return EntryKey(bytes: key)
        }
    }

    @inline(never)
    private func unknownName(
        _ name: UnsafeRawBufferPointer,
        _ segment: UnsafeRawBufferPointer,
        of message: MessageEntry,
        isForm: Bool
    ) -> TranscodingError {
        let first = Int(message.firstField)
        let names = self.tables.fields[first..<first + Int(message.fieldCount)]
            .map { self.tables.string($0.protoName) }
        let hint =
            NearestName.of(Excerpt.of(segment), among: names)
            .map { "; did you mean \"\($0)\"?" } ?? ""
        return TranscodingError(
            field: Excerpt.of(name),
            "expected a field of \(self.tables.string(message.fullName)), "
                + "found the \(isForm ? "form field" : "query parameter") \"\(Excerpt.of(name))\"\(hint)"
        )
    }
}
