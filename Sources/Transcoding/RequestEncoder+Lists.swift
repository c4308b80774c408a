internal import Jansson

/// Repeated fields and maps.
extension RequestEncoder {
    mutating func list(_ field: FieldEntry, _ node: JSONNode) throws(TranscodingError) {
        guard node.kind == .array else { throw self.unexpected(node, "an array") }
        guard node.count > 0 else { return }
        let isMessage = field.kind == .message || field.kind == .group
        let takesNull = self.elementTakesNull(field)
        let isPacked = field.flags.contains(.packed) && field.kind.isPackable
        let start = self.writer.mark
        if isPacked { self.writer.tag(field.number << 3 | 2) }
        let opening = isPacked ? self.writer.open() : nil
        let first = self.writer.count
        let tag = isPacked ? 0 : field.number << 3 | field.kind.wireType
        var element = node.first
        var index = 0
        while true {
            self.place.element(index)
            if element.kind == .null, !takesNull {
                throw self.unexpected(element, field.kind.expectation)
            }
            if isMessage {
                try self.submessage(field, element)
            } else {
                _ = try self.scalar(field, element, tag: tag, omitsZero: false)
            }
            index &+= 1
            if index == node.count { break }
            element = element.next
        }
        self.place.endElements()
        if self.writer.isOverLimit { throw self.tooLarge }
        guard let opening else { return }
        if self.writer.count == first {
            // Every element was an unknown enum name.
            self.writer.rewind(to: start)
        } else {
            self.writer.close(opening)
        }
    }

    mutating func map(_ field: FieldEntry, _ node: JSONNode) throws(TranscodingError) {
        guard node.kind == .object else { throw self.unexpected(node, "an object") }
        guard node.count > 0 else { return }
        let (keyField, valueField) = self.entryFields(field)
        let isMessage = valueField.kind == .message || valueField.kind == .group
        let takesNull = self.elementTakesNull(valueField)
        var hasAliases = false
        var key = node.first
        var remaining = node.count
        while true {
            self.place.key(key.text)
            let value = key.next
            let start = self.writer.mark
            self.writer.tag(field.number << 3 | 2)
            let opening = self.writer.open()
            if try self.mapKey(keyField, key.text) { hasAliases = true }
            if value.kind == .null, !takesNull {
                throw self.unexpected(value, valueField.kind.expectation)
            }
            if isMessage {
                try self.submessage(valueField, value)
                self.writer.close(opening)
            } else if try self.scalar(
                valueField,
                value,
                tag: valueField.number << 3 | valueField.kind.wireType,
                omitsZero: false
            ) {
                self.writer.close(opening)
            } else {
                // An unknown enum name takes its entry with it.
                self.writer.rewind(to: start)
            }
            remaining &-= 1
            if remaining == 0 { break }
            key = value.next
        }
        if hasAliases { try self.checkAliases(node) }
        self.place.endElements()
        if self.writer.isOverLimit { throw self.tooLarge }
    }

    /// The fields of a map's entry.
    func entryFields(_ field: FieldEntry) -> (key: FieldEntry, value: FieldEntry) {
        let entry = self.view.messages[Int(field.typeIndex)]
        return (
            self.view.fields[Int(entry.firstField)], self.view.fields[Int(entry.firstField) &+ 1]
        )
    }
}
