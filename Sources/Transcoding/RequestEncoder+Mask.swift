internal import Jansson

/// The field mask of an update that the client sent without one (`PatchMask`).
extension RequestEncoder {
    /// Binds the mask to the resource in the body, unless something else sets the mask.
    ///
    /// Nothing is bound either where the body has no field of the resource: an empty mask would say
    /// no more than none.
    mutating func addMask(_ mask: PatchMask, _ binding: RequestBinding, body: JSONNode) {
        for index in 0..<self.bindings.count
        where self.steps[Int(self.bindings[index].firstStep)] == mask.mask {
            return
        }
        var resource = body
        if case .whole = binding.body {
            guard let found = self.resource(mask, binding.inputType, body) else { return }
            resource = found
        }
        guard resource.kind == .object, resource.count > 0 else { return }
        let first = self.steps.count
        self.steps.append(mask.mask)
        self.maskResource = mask.resource
        let nothing = UnsafeRawBufferPointer(start: nil, count: 0)
        self.append(.body, .mask, firstStep: first, text: nothing, node: resource)
    }

    /// The resource in the body of a whole message; nil without one, and where the mask is set.
    private func resource(_ mask: PatchMask, _ type: Int32, _ body: JSONNode) -> JSONNode? {
        guard body.kind == .object, body.count > 0 else { return nil }
        let message = self.view.messages[Int(type)]
        var resource: JSONNode?
        var key = body.first
        for index in 0..<body.count {
            if index > 0 { key = key.next.next }
            let field = self.view.field(key.text, of: message, guess: .max)
            if field == Int(mask.mask), key.next.kind != .null { return nil }
            if field == Int(mask.resource) { resource = key.next }
        }
        return resource
    }

    /// Writes the mask: `paths = 1`, the fields of the resource that the body has.
    mutating func mask(_ field: FieldEntry, _ resource: JSONNode) throws(TranscodingError) {
        let start = self.writer.mark
        let isGroup = field.flags.contains(.delimited) || field.kind == .group
        self.writer.tag(field.number << 3 | (isGroup ? 3 : 2))
        let opening = isGroup ? nil : self.writer.open()
        let base = self.steps.count
        var count = 0
        self.steps.append(self.maskResource)
        let type = self.view.fields[Int(self.maskResource)].typeIndex
        try self.paths(type, resource, base: base, count: &count)
        self.steps.truncate(to: base)
        if count == 0 {
            self.writer.rewind(to: start)
        } else if let opening {
            self.writer.close(opening)
        } else {
            self.writer.tag(field.number << 3 | 4)
        }
    }

    /// Writes the paths of an object's members, in their order.
    ///
    /// A message's fields are gone through, its paths name leaves: scalars, lists, maps, messages
    /// with a JSON form of their own, and what is null or empty. What the path of the request binds
    /// is left out: it names the resource. The recursion is bounded by the depth of the JSON value.
    private mutating func paths(
        _ type: Int32,
        _ node: JSONNode,
        base: Int,
        count: inout Int
    ) throws(TranscodingError) {
        let message = self.view.messages[Int(type)]
        let level = self.steps.count
        var guess = Int(message.firstField)
        var key = node.first
        for member in 0..<node.count {
            if member > 0 { key = key.next.next }
            let index = self.view.field(key.text, of: message, guess: guess)
            // An unknown one is ignored, or refused when the resource is written.
            guard index >= 0 else { continue }
            guess = index &+ 1
            self.steps.append(Int32(truncatingIfNeeded: index))
            let field = self.view.fields[index]
            let value = key.next
            if self.isDescended(field), value.kind == .object, value.count > 0 {
                try self.paths(field.typeIndex, value, base: base, count: &count)
            } else if !self.isCaptured(from: base) {
                count += 1
                guard count <= PatchMask.pathLimit else {
                    throw self.failure(
                        "expected at most \(PatchMask.pathLimit) fields in a body without a mask, "
                            + "found more"
                    )
                }
                self.path(from: base + 1)
            }
            self.steps.truncate(to: level)
        }
    }

    private func isDescended(_ field: FieldEntry) -> Bool {
        field.shape == .singular && (field.kind == .message || field.kind == .group)
            && self.view.messages[Int(field.typeIndex)].wellKnown == .none
    }

    /// Whether the fields from `base` on are the path of a captured one.
    private func isCaptured(from base: Int) -> Bool {
        let count = self.steps.count - base
        for index in 0..<self.bindings.count {
            let binding = self.bindings[index]
            guard binding.source == .capture, Int(binding.stepCount) == count else { continue }
            var isSame = true
            for step in 0..<count
            where self.steps[Int(binding.firstStep) + step] != self.steps[base + step] {
                isSame = false
            }
            if isSame { return true }
        }
        return false
    }

    private mutating func path(from start: Int) {
        self.writer.tag(1 << 3 | 2)
        let opening = self.writer.open()
        for index in start..<self.steps.count {
            if index > start { self.writer.byte(UInt8(ascii: ".")) }
            let field = self.view.fields[Int(self.steps[index])]
            self.writer.raw(self.view.bytes(field.protoName))
        }
        self.writer.close(opening)
    }
}
