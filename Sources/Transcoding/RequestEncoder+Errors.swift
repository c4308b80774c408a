internal import Bytes
internal import Jansson

/// The errors, made from where the encoder is: off the path, and never inlined into it.
extension RequestEncoder {
    @inline(never)
    func unexpected(_ node: JSONNode, _ expected: String) -> TranscodingError {
        let found =
            switch node.kind {
            case .null: "null"
            case .true: "true"
            case .false: "false"
            case .integer, .decimal: "the number \(Excerpt.of(node.text))"
            case .string: "the string \"\(Excerpt.of(node.text))\""
            case .array: "an array"
            case .object: "an object"
            }
        return self.failure("expected \(expected), found \(found)")
    }

    @inline(never)
    func unexpected(_ text: UnsafeRawBufferPointer, _ expected: String) -> TranscodingError {
        self.failure("expected \(expected), found \"\(Excerpt.of(text))\"")
    }

    @inline(never)
    func outOfRange(_ text: UnsafeRawBufferPointer, _ kind: FieldKind) -> TranscodingError {
        let range =
            switch kind {
            case .int32, .sint32, .sfixed32, .enumeration: "32 bits"
            case .uint32, .fixed32: "32 bits without a sign"
            case .uint64, .fixed64: "64 bits without a sign"
            case .float: "the range of a float"
            case .double: "the range of a double"
            default: "64 bits"
            }
        return self.failure("expected a number within \(range), found \(Excerpt.of(text))")
    }

    @inline(never)
    func unknownField(
        _ name: UnsafeRawBufferPointer,
        of message: MessageEntry
    ) -> TranscodingError {
        let sent = Excerpt.of(name)
        let path = self.place.text(self.tables)
        let field = path.isEmpty ? sent : "\(path).\(sent)"
        var description = "\(self.tables.string(message.fullName)) has no field \"\(sent)\""
        let first = Int(message.firstField)
        let names = self.tables.fields[first..<first + Int(message.fieldCount)]
            .map { self.tables.string($0.jsonName) }
        if let nearest = NearestName.of(sent, among: names) {
            description += "; did you mean \"\(nearest)\"?"
        }
        return TranscodingError(field: field, description)
    }

    @inline(never)
    func unknownEnumValue(
        _ text: UnsafeRawBufferPointer,
        _ enumeration: EnumEntry
    ) -> TranscodingError {
        let sent = Excerpt.of(text)
        let first = Int(enumeration.firstValue)
        let names = self.tables.enumValues[first..<first + Int(enumeration.valueCount)]
            .map { self.tables.string($0.name) }
        let hint = NearestName.of(sent, among: names).map { "; did you mean \"\($0)\"?" } ?? ""
        return self.failure(
            "expected a value of \(self.tables.string(enumeration.fullName)), "
                + "found \"\(sent)\"\(hint)"
        )
    }

    /// A field of the message about to be entered that is there twice.
    @inline(never)
    func twice(_ field: Int32, _ description: String) -> TranscodingError {
        TranscodingError(field: self.path(to: field), description)
    }

    /// Two members of one oneof, or nothing if the earlier one belongs to another oneof.
    @inline(never)
    func checkOneof(_ field: Int32, from start: Int, to end: Int) throws(TranscodingError) {
        let oneof = self.view.fields[Int(field)].oneof
        for index in start..<end {
            let other = self.members[index].field
            guard self.view.fields[Int(other)].oneof == oneof else { continue }
            let name = self.tables.string(self.tables.fields[Int(other)].protoName)
            throw self.twice(field, "expected one field of its oneof, found also \(name)")
        }
    }

    /// The required fields that a message lacks.
    @inline(never)
    func missing(_ message: MessageEntry, from start: Int) -> TranscodingError {
        var violations: [FieldViolation] = []
        for index in Int(message.firstField)..<Int(message.firstField + message.fieldCount) {
            guard self.view.fields[index].flags.contains(.required) else { continue }
            var isThere = false
            for member in start..<self.members.count where self.members[member].field == index {
                isThere = true
            }
            guard !isThere else { continue }
            violations.append(
                FieldViolation(
                    field: self.path(to: Int32(index)),
                    description: "expected a value, the field is required"
                )
            )
        }
        let names = violations.map(\.field).joined(separator: ", ")
        return TranscodingError(
            .field,
            "\(names): expected a value, required fields are missing",
            violations: violations
        )
    }

    var tooLarge: TranscodingError {
        TranscodingError(.tooLarge, "the message is larger than its limit")
    }

    func failure(_ description: String) -> TranscodingError {
        TranscodingError(field: self.place.text(self.tables), description)
    }

    private func path(to field: Int32) -> String {
        let path = self.place.text(self.tables)
        let name = self.tables.string(self.tables.fields[Int(field)].protoName)
        return path.isEmpty ? name : "\(path).\(name)"
    }
}
