internal import Bytes
internal import Jansson

extension RequestEncoder {
    /// Writes all texts of one field: one value, a list or entries of a map.
    mutating func texts(
        _ field: FieldEntry,
        first: Int,
        count: Int
    ) throws(TranscodingError) {
        switch field.shape {
        case .singular: try self.value(field, self.bindings[first])
        case .repeated:
            let isPacked = field.flags.contains(.packed) && field.kind.isPackable
            if isPacked { self.writer.tag(field.number << 3 | 2) }
            let opening = isPacked ? self.writer.open() : nil
            let tag = isPacked ? 0 : field.number << 3 | field.kind.wireType
            for index in 0..<count {
                self.place.element(index)
                try self.element(field, self.bindings[first + index], tag: tag, omitsZero: false)
            }
            self.place.endElements()
            if let opening { self.writer.close(opening) }
        case .map:
            let (keyField, valueField) = self.entryFields(field)
            for index in first..<first + count {
                guard let key = self.bindings[index].key else { continue }
                self.place.key(key)
                guard UTF8Validation.isValid(key) else { throw self.notUTF8 }
                let start = self.writer.mark
                self.writer.tag(field.number << 3 | 2)
                let opening = self.writer.open()
                if try self.mapKey(keyField, key) {
                    throw self.unexpected(key, "a key that is an integer in digits")
                }
                let tag = valueField.number << 3 | valueField.kind.wireType
                let binding = self.bindings[index]
                if try self.element(valueField, binding, tag: tag, omitsZero: false) {
                    self.writer.close(opening)
                } else {
                    // An unknown enum name takes its entry with it.
                    self.writer.rewind(to: start)
                }
            }
            self.place.endElements()
        }
    }

    /// Writes a singular field from what binds it.
    mutating func value(_ field: FieldEntry, _ binding: Binding) throws(TranscodingError) {
        try self.element(
            field,
            binding,
            tag: field.number << 3 | field.kind.wireType,
            omitsZero: !field.flags.contains(.presence) && !field.flags.contains(.required)
        )
    }

    /// Writes one value: a scalar, or a message that has a form of its own.
    ///
    /// - Returns: false for an unknown enum name in JSON that is ignored.
    @discardableResult
    private mutating func element(
        _ field: FieldEntry,
        _ binding: Binding,
        tag: UInt32,
        omitsZero: Bool
    ) throws(TranscodingError) -> Bool {
        let isMessage = field.kind == .message || field.kind == .group
        if binding.notation == .json {
            let node = try self.json(of: binding)
            if node.kind == .null, !self.elementTakesNull(field) {
                throw self.unexpected(node, field.kind.expectation)
            }
            guard isMessage else {
                return try self.scalar(field, node, tag: tag, omitsZero: omitsZero)
            }
            try self.submessage(field, node)
            return true
        }
        guard isMessage else {
            if binding.notation == .bytes {
                try self.bytesScalar(field, binding.text, tag: tag, omitsZero: omitsZero)
            } else {
                try self.textScalar(field, binding.text, tag: tag, omitsZero: omitsZero)
            }
            return true
        }
        let isGroup = field.flags.contains(.delimited) || field.kind == .group
        self.writer.tag(isGroup ? field.number << 3 | 3 : tag)
        let opening = isGroup ? nil : self.writer.open()
        try self.textContent(field.typeIndex, binding)
        if let opening {
            self.writer.close(opening)
        } else {
            self.writer.tag(field.number << 3 | 4)
        }
        return true
    }

    /// Writes the fields of a message from its text, or of an `HttpBody` from a file.
    private mutating func textContent(
        _ type: Int32,
        _ binding: Binding
    ) throws(TranscodingError) {
        let message = self.view.messages[Int(type)]
        switch message.wellKnown {
        case .timestamp, .duration, .fieldMask:
            try self.text(message.wellKnown, binding.text, allowsOriginalNames: true)
        case .httpBody:
            // content_type = 1, data = 2 (google/api/httpbody.proto).
            let first = Int(message.firstField)
            if let contentType = binding.contentType {
                let field = self.view.fields[first]
                try self.bytesScalar(field, contentType, tag: 1 << 3 | 2, omitsZero: true)
            }
            let data = self.view.fields[first &+ 1]
            try self.bytesScalar(data, binding.text, tag: 2 << 3 | 2, omitsZero: true)
        default:
            let value = self.view.fields[Int(message.firstField)]
            let tag = value.number << 3 | value.kind.wireType
            try self.textScalar(value, binding.text, tag: tag, omitsZero: true)
        }
    }

    /// Writes a field of bytes, or of text, as it is.
    private mutating func bytesScalar(
        _ field: FieldEntry,
        _ bytes: UnsafeRawBufferPointer,
        tag: UInt32,
        omitsZero: Bool
    ) throws(TranscodingError) {
        if field.kind == .string, !UTF8Validation.isValid(bytes) { throw self.notUTF8 }
        self.write(bytes, tag: tag, omitsZero: omitsZero)
    }

    /// Writes a scalar from the text of a path or a query.
    ///
    /// Only the plain spellings: `true` and `false`, integers in digits (no `+`, no zeros in front,
    /// no exponent), enum values by name or number.
    mutating func textScalar(
        _ field: FieldEntry,
        _ text: UnsafeRawBufferPointer,
        tag: UInt32,
        omitsZero: Bool
    ) throws(TranscodingError) {
        switch field.kind {
        case .int32, .int64, .sint32, .sint64, .uint32, .uint64, .fixed32, .fixed64, .sfixed32,
            .sfixed64:
            guard DecimalText.isPlainInteger(text, allowsZeros: false) else {
                throw self.unexpected(text, "an integer in digits")
            }
            let bits = try self.integer(field.kind, text)
            self.write(field.kind, bits, tag: tag, omitsZero: omitsZero)
        case .string:
            guard UTF8Validation.isValid(text) else { throw self.notUTF8 }
            self.write(text, tag: tag, omitsZero: omitsZero)
        case .bytes: try self.bytes(text, tag: tag, omitsZero: omitsZero)
        case .bool:
            guard let value = FloatText.bool(text) else {
                throw self.unexpected(text, "true or false")
            }
            self.write(.bool, value ? 1 : 0, tag: tag, omitsZero: omitsZero)
        case .double:
            let special = FloatText.special(text)
            guard special != nil || DecimalText.isNumber(text) else {
                throw self.unexpected(text, "a number, NaN, Infinity or -Infinity")
            }
            let value = special ?? DecimalText.double(text)
            guard special != nil || value.isFinite else { throw self.outOfRange(text, .double) }
            self.write(.double, value.bitPattern, tag: tag, omitsZero: omitsZero)
        case .float:
            let special = FloatText.special(text).map { Float($0) }
            guard special != nil || DecimalText.isNumber(text) else {
                throw self.unexpected(text, "a number, NaN, Infinity or -Infinity")
            }
            let value = special ?? DecimalText.float(text)
            guard special != nil || value.isFinite else { throw self.outOfRange(text, .float) }
            self.write(.float, UInt64(value.bitPattern), tag: tag, omitsZero: omitsZero)
        case .enumeration:
            let number = try self.enumeration(field.typeIndex, text)
            let bits = UInt64(bitPattern: Int64(number))
            self.write(.enumeration, bits, tag: tag, omitsZero: omitsZero)
        case .message, .group: throw self.unexpected(text, "a scalar")
        }
    }

    private func enumeration(
        _ type: Int32,
        _ text: UnsafeRawBufferPointer
    ) throws(TranscodingError) -> Int32 {
        let enumeration = self.view.enums[Int(type)]
        if let number = self.view.number(named: text, of: enumeration) { return number }
        guard DecimalText.isPlainInteger(text, allowsZeros: false) else {
            throw self.unknownEnumValue(text, enumeration)
        }
        let number = Int32(truncatingIfNeeded: try self.integer(.int32, text))
        guard !enumeration.isClosed || self.tables.enumValue(number: number, of: enumeration) != nil
        else { throw self.unknownEnumValue(text, enumeration) }
        return number
    }

    var notUTF8: TranscodingError {
        self.failure("expected text in UTF-8, found bytes that are not")
    }
}
