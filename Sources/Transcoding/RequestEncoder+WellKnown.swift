internal import Bytes
internal import Jansson

extension RequestEncoder {
    /// Writes the fields of a message whose JSON form is its own (ProtoJSON's table).
    mutating func wellKnown(_ type: Int32, _ node: JSONNode) throws(TranscodingError) {
        let message = self.view.messages[Int(type)]
        switch message.wellKnown {
        case .none, .httpBody, .empty: try self.message(type, node)
        case .any: try self.any(type, node)
        case .timestamp, .duration, .fieldMask:
            guard node.kind == .string else {
                throw self.unexpected(node, message.wellKnown.expectation)
            }
            try self.text(message.wellKnown, node.text, allowsOriginalNames: false)
        case .structure:
            guard node.kind == .object else { throw self.unexpected(node, "an object") }
            try self.structure(node)
        case .listValue:
            guard node.kind == .array else { throw self.unexpected(node, "an array") }
            try self.listValue(node)
        case .value: try self.value(node)
        case .doubleValue, .floatValue, .int64Value, .uint64Value, .int32Value, .uint32Value,
            .boolValue, .stringValue, .bytesValue:
            let field = self.view.fields[Int(message.firstField)]
            let tag = field.number << 3 | field.kind.wireType
            _ = try self.scalar(field, node, tag: tag, omitsZero: true)
        }
    }

    /// Writes the fields of a message whose JSON form is a text of its own.
    ///
    /// - Parameters:
    ///   - type: `timestamp`, `duration` or `fieldMask`.
    ///   - text: the text.
    ///   - allowsOriginalNames: whether a mask may name fields by original names as well.
    /// - Throws: that the text is none of the type's.
    mutating func text(
        _ type: WellKnownType,
        _ text: UnsafeRawBufferPointer,
        allowsOriginalNames: Bool
    ) throws(TranscodingError) {
        switch type {
        case .timestamp, .duration:
            let time = type == .timestamp ? TimeText.timestamp(text) : TimeText.duration(text)
            guard let time else { throw self.unexpected(text, type.expectation) }
            // seconds = 1, nanos = 2 in both.
            self.write(.int64, UInt64(bitPattern: time.seconds), tag: 1 << 3, omitsZero: true)
            let nanoseconds = UInt64(bitPattern: Int64(time.nanoseconds))
            self.write(.int32, nanoseconds, tag: 2 << 3, omitsZero: true)
        default: try self.mask(text, allowsOriginalNames: allowsOriginalNames)
        }
    }

    /// Writes the paths of a field mask, `fooBar.baz,b` (field_mask.proto): capitals become an
    /// underscore and the small letter.
    ///
    /// An underscore would not come back, nor would an empty path: both are refused.
    private mutating func mask(
        _ text: UnsafeRawBufferPointer,
        allowsOriginalNames: Bool
    ) throws(TranscodingError) {
        guard !text.isEmpty else { return }
        let expectation = WellKnownType.fieldMask.expectation
        var start = 0
        while start <= text.count {
            var end = start
            while end < text.count, text[end] != UInt8(ascii: ",") { end &+= 1 }
            guard end > start else { throw self.unexpected(text, expectation) }
            // paths = 1
            self.writer.tag(1 << 3 | 2)
            let opening = self.writer.open()
            for index in start..<end {
                let byte = text[index]
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                    self.writer.byte(UInt8(ascii: "_"))
                    self.writer.byte(byte | 0x20)
                case UInt8(ascii: "_") where !allowsOriginalNames:
                    throw self.unexpected(text, expectation)
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "*"):
                    self.writer.byte(byte)
                default: throw self.unexpected(text, expectation)
                }
            }
            self.writer.close(opening)
            start = end &+ 1
        }
    }

    // MARK: - Values without a schema (struct.proto)

    /// Writes `fields = 1`, a map of strings (1) to values (2).
    private mutating func structure(_ node: JSONNode) throws(TranscodingError) {
        guard node.count > 0 else { return }
        self.place.enter()
        var key = node.first
        var remaining = node.count
        while true {
            self.place.key(key.text)
            self.writer.tag(1 << 3 | 2)
            let entry = self.writer.open()
            self.write(key.text, tag: 1 << 3 | 2, omitsZero: false)
            self.writer.tag(2 << 3 | 2)
            let opening = self.writer.open()
            let value = key.next
            try self.value(value)
            self.writer.close(opening)
            self.writer.close(entry)
            remaining &-= 1
            if remaining == 0 { break }
            key = value.next
        }
        self.place.leave()
        if self.writer.isOverLimit { throw self.tooLarge }
    }

    /// Writes `values = 1`.
    private mutating func listValue(_ node: JSONNode) throws(TranscodingError) {
        guard node.count > 0 else { return }
        self.place.enter()
        var element = node.first
        var index = 0
        while true {
            self.place.element(index)
            self.writer.tag(1 << 3 | 2)
            let opening = self.writer.open()
            try self.value(element)
            self.writer.close(opening)
            index &+= 1
            if index == node.count { break }
            element = element.next
        }
        self.place.leave()
        if self.writer.isOverLimit { throw self.tooLarge }
    }

    /// Writes the one field that a `Value` has: null 1, number 2, string 3, bool 4, struct 5,
    /// list 6.
    private mutating func value(_ node: JSONNode) throws(TranscodingError) {
        switch node.kind {
        case .null: self.write(.enumeration, 0, tag: 1 << 3, omitsZero: false)
        case .integer, .decimal:
            let number = try self.double(node)
            self.write(.double, number.bitPattern, tag: 2 << 3 | 1, omitsZero: false)
        case .string: self.write(node.text, tag: 3 << 3 | 2, omitsZero: false)
        case .true: self.write(.bool, 1, tag: 4 << 3, omitsZero: false)
        case .false: self.write(.bool, 0, tag: 4 << 3, omitsZero: false)
        case .object:
            self.writer.tag(5 << 3 | 2)
            let opening = self.writer.open()
            try self.structure(node)
            self.writer.close(opening)
        case .array:
            self.writer.tag(6 << 3 | 2)
            let opening = self.writer.open()
            try self.listValue(node)
            self.writer.close(opening)
        }
    }
}

extension WellKnownType {
    /// What the type's text looks like, for "expected …".
    var expectation: String {
        switch self {
        case .timestamp: "a time like 2006-01-02T15:04:05Z"
        case .duration: "a duration like 1.5s"
        case .fieldMask: "field paths like fooBar,baz.qux"
        default: "a value"
        }
    }
}
