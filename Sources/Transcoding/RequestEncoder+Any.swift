internal import Jansson

/// The names of `google.protobuf.Any` in JSON.
enum AnyText {
    static let typeKey = "@type"
    static let valueKey = "value"
}

extension RequestEncoder {
    /// Writes an `Any`: `{"@type": url, …fields}`, or `{"@type": url, "value": …}` for a type whose
    /// JSON form is its own (any.proto).
    mutating func any(_ type: Int32, _ node: JSONNode) throws(TranscodingError) {
        guard node.kind == .object else { throw self.unexpected(node, "an object") }
        guard node.count > 0 else { return }
        guard let url = self.member(AnyText.typeKey, of: node) else {
            throw self.failure("expected \"@type\", which says what is packed, found none")
        }
        let packed = try self.packedType(url)
        // type_url = 1, value = 2
        self.write(url.text, tag: 1 << 3 | 2, omitsZero: false)
        let start = self.writer.mark
        self.writer.tag(2 << 3 | 2)
        let opening = self.writer.open()
        let first = self.writer.count
        switch self.view.messages[Int(packed)].wellKnown {
        case .none, .httpBody, .empty: try self.message(packed, node, isAny: true)
        default: try self.special(packed, node)
        }
        if self.writer.count == first {
            self.writer.rewind(to: start)
        } else {
            self.writer.close(opening)
        }
    }

    /// The type that a URL names after its last slash.
    private func packedType(_ url: JSONNode) throws(TranscodingError) -> Int32 {
        guard url.kind == .string else { throw self.unexpected(url, "a string as \"@type\"") }
        guard let slash = url.text.lastIndex(of: UInt8(ascii: "/")), slash > 0 else {
            throw self.unexpected(url, "a type like type.googleapis.com/pkg.Message as \"@type\"")
        }
        let name = UnsafeRawBufferPointer(rebasing: url.text[(slash + 1)...])
        let type = self.view.message(named: name)
        guard type >= 0 else {
            throw self.unexpected(url, "a type of the schema as \"@type\"")
        }
        return type
    }

    /// Writes a packed message from its member `value`.
    private mutating func special(_ type: Int32, _ node: JSONNode) throws(TranscodingError) {
        guard let value = self.member(AnyText.valueKey, of: node) else {
            let name = self.tables.string(self.view.messages[Int(type)].fullName)
            throw self.failure("expected \"value\" with the JSON form of \(name), found none")
        }
        if !self.ignoresUnknown, node.count > 2 {
            throw self.failure("expected \"@type\" and \"value\" only, found other members")
        }
        if value.kind == .null, self.view.messages[Int(type)].wellKnown != .value {
            throw self.unexpected(value, "a value")
        }
        try self.wellKnown(type, value)
    }

    /// The value of a member of an object.
    private func member(_ name: String, of node: JSONNode) -> JSONNode? {
        var key = node.first
        for index in 0..<node.count {
            if index > 0 { key = key.next.next }
            if key.text.elementsEqual(name.utf8) { return key.next }
        }
        return nil
    }
}
