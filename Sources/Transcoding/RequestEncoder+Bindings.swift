internal import Jansson

/// One text, one part of a form, or the body, that goes to one field.
struct Binding: BitwiseCopyable {
    /// In the order in which they stand for one field.
    enum Source: UInt8 {
        case body
        case form
        case capture
        case query
    }

    /// How the value is written.
    enum Notation: UInt8 {
        /// As in a path or a query: `text`.
        case text
        /// As it is: `text`, with `contentType` where it is a whole `HttpBody`.
        case bytes
        /// JSON: the body's `node`, or `text`, which is still to be read.
        case json
        /// A field mask, to be made from the resource in `node`.
        case mask
    }

    var source: Source
    var notation: Notation
    /// A range of the encoder's `steps`: indices of fields from the outermost message inwards.
    var firstStep: Int32
    var stepCount: Int32
    /// The order in which they came.
    var order: Int32
    var text: UnsafeRawBufferPointer
    /// The key of a map's entry.
    var key: UnsafeRawBufferPointer?
    /// The content type of a list's or a map's `HttpBody`.
    var contentType: UnsafeRawBufferPointer?
    /// The body's value.
    var node: JSONNode?
}

extension RequestEncoder {
    /// Writes a request from its body and from what its path and query bind.
    ///
    /// The bindings are sorted by their fields, so that what goes into one message stands together
    /// and each message is written once, with what the body has for it.
    mutating func request(
        _ binding: RequestBinding,
        body: RequestBody,
        values: borrowing BindingValues.Content,
        arena: UnsafeRawBufferPointer,
        depth: Int
    ) throws(TranscodingError) {
        var root: JSONNode?
        switch body {
        case .none where values.values.count == 0:
            return try self.bound(binding.inputType, nil, first: 0, count: 0, level: 0)
        case .json(let node):
            guard case .whole = binding.body else { break }
            if values.values.count == 0, binding.patchMask == nil {
                return try self.content(binding.inputType, node)
            }
            root = node
        case .none, .form, .parts, .raw: break
        }
        try self.collect(binding, body: body, values: values, arena: arena, depth: depth)
        try self.checkBindings(binding)
        try self.bound(
            binding.inputType,
            root,
            first: 0,
            count: self.bindings.count,
            level: 0
        )
    }

    // MARK: - Writing

    /// Writes the fields of a message of which some are bound.
    ///
    /// - Parameters:
    ///   - type: the message.
    ///   - node: what the body has for it.
    ///   - first: the first of its bindings.
    ///   - count: how many there are.
    ///   - level: how many steps of their paths lead to the message.
    /// - Throws: what is wrong with a value, with its path.
    private mutating func bound(
        _ type: Int32,
        _ node: JSONNode?,
        first: Int,
        count: Int,
        level: Int
    ) throws(TranscodingError) {
        let start = self.members.count
        if let node {
            if count == 0 { return try self.content(type, node) }
            switch self.view.messages[Int(type)].wellKnown {
            case .none, .httpBody, .empty: break
            default:
                throw self.failure("expected no value in the body beside the bound fields in it")
            }
            guard node.kind == .object else { throw self.unexpected(node, "an object") }
            try self.gather(type, node, isAny: false)
        }
        var index = first
        while index < first + count {
            let field = self.step(of: index, level)
            var end = index + 1
            while end < first + count, self.step(of: end, level) == field { end += 1 }
            self.attach(field, first: index, count: end - index, from: start)
            index = end
        }
        try self.arrange(type, from: start)
        self.place.enter()
        index = start
        while index < self.members.count {
            let member = self.members[index]
            if member.bindingCount > 0 {
                try self.boundField(member, level: level)
            } else if let node = member.node {
                try self.field(Int(member.field), node)
            }
            index += 1
        }
        self.place.leave()
        self.members.truncate(to: start)
        if self.writer.isOverLimit { throw self.tooLarge }
    }

    /// Gives a range of bindings to the member for their field, in its place by number.
    private mutating func attach(_ field: Int32, first: Int, count: Int, from start: Int) {
        var place = self.members.count
        while place > start, self.members[place - 1].field >= field { place -= 1 }
        if place < self.members.count, self.members[place].field == field {
            self.members[place].firstBinding = Int32(truncatingIfNeeded: first)
            self.members[place].bindingCount = Int32(truncatingIfNeeded: count)
            return
        }
        let member = Member(
            field: field,
            node: nil,
            firstBinding: Int32(truncatingIfNeeded: first),
            bindingCount: Int32(truncatingIfNeeded: count)
        )
        self.members.append(member)
        var index = self.members.count - 1
        while index > place {
            self.members[index] = self.members[index - 1]
            index -= 1
        }
        self.members[place] = member
    }

    private mutating func boundField(_ member: Member, level: Int) throws(TranscodingError) {
        let index = Int(member.field)
        let field = self.view.fields[index]
        self.place.field(index)
        var first = Int(member.firstBinding)
        var count = Int(member.bindingCount)
        var node = member.node
        let head = self.bindings[first]
        if head.stepCount == level + 1 {
            switch head.notation {
            case .text, .bytes: break
            case .mask:
                if let resource = head.node { try self.mask(field, resource) }
                return
            case .json:
                let isOnly = count == 1 || !self.isBeside(head, self.bindings[first + 1])
                if let value = try self.wholeValue(head, field, isOnly: isOnly) {
                    node = value
                    first += 1
                    count -= 1
                }
            }
        }
        if let value = node, value.kind == .null, !self.takesNull(index) { node = nil }
        guard count > 0 else {
            if let node { try self.field(index, node) }
            return
        }
        guard self.bindings[first].stepCount == level + 1 else {
            return try self.boundSubmessage(field, node, first: first, count: count, level: level)
        }
        let last = self.bindings[first + count - 1]
        guard last.source == .capture, node != nil || count > 1 else {
            return try self.texts(field, first: first, count: count)
        }
        // The client sent the whole resource: what it says of the bound field must be the same.
        let one = self.writer.mark
        if let node {
            try self.field(index, node)
        } else {
            try self.value(field, self.bindings[first])
        }
        let other = self.writer.mark
        try self.value(field, last)
        guard self.writer.isRepeated(from: one, at: other) else {
            let bound = Excerpt.of(last.text)
            let place = node == nil && self.bindings[first].source == .form ? "form field" : "body"
            throw self.failure(
                "expected the value that the path binds, \"\(bound)\", "
                    + "found another in the \(place)"
            )
        }
        self.writer.rewind(to: other)
    }

    /// Whether two bindings are for one field and come from the same place.
    private func isBeside(_ one: Binding, _ other: Binding) -> Bool {
        one.source == other.source && one.stepCount == other.stepCount
    }

    private mutating func boundSubmessage(
        _ field: FieldEntry,
        _ node: JSONNode?,
        first: Int,
        count: Int,
        level: Int
    ) throws(TranscodingError) {
        let type = field.typeIndex
        if field.flags.contains(.delimited) || field.kind == .group {
            self.writer.tag(field.number << 3 | 3)
            try self.bound(type, node, first: first, count: count, level: level + 1)
            self.writer.tag(field.number << 3 | 4)
        } else {
            self.writer.tag(field.number << 3 | 2)
            let opening = self.writer.open()
            try self.bound(type, node, first: first, count: count, level: level + 1)
            self.writer.close(opening)
        }
    }

    private func step(of binding: Int, _ level: Int) -> Int32 {
        self.steps[Int(self.bindings[binding].firstStep) + level]
    }
}
