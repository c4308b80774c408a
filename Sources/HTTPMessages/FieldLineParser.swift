/// Takes one field line apart: `field-name ":" OWS field-value OWS` (RFC 9112, 5).
enum FieldLineParser {
    /// Copies the line into the head, its name lower-cased, and adds it to the head's fields.
    ///
    /// - Parameters:
    ///   - line: the line without its CRLF, not empty.
    ///   - offset: where in the head the line begins; memory for it is reserved.
    ///   - head: what to add the field to.
    /// - Returns: the name.
    /// - Throws: a 400 if the line breaks the grammar.
    static func parse(
        _ line: UnsafeRawBufferPointer,
        at offset: Int,
        into head: inout HeadContent
    ) throws(Refusal) -> FieldName {
        let count = line.count
        let copy = head.bytes + offset
        var colon = 0
        while colon < count {
            let lowered = ByteClass.loweredToken(line[colon])
            guard lowered != 0 else { break }
            copy.storeBytes(of: lowered, toByteOffset: colon, as: UInt8.self)
            colon &+= 1
        }
        guard colon > 0, colon < count, line[colon] == UInt8(ascii: ":") else {
            throw self.refusal(of: line, at: colon)
        }
        var start = colon &+ 1
        var end = count
        while start < end, ByteClass.isWhitespace(line[start]) { start &+= 1 }
        while end > start, ByteClass.isWhitespace(line[end &- 1]) { end &-= 1 }
        guard FieldValue.copy(line.slice(start, end), to: copy + start) else {
            throw .malformed("a field value has a control character")
        }
        let name = FieldName.of(UnsafeRawBufferPointer(start: copy, count: colon))
        // Heads are at most 2^30 bytes long (`HeadLimits`), so no offset is cut here.
        head.append(
            HeadContent.FieldLine(
                nameStart: UInt32(truncatingIfNeeded: offset),
                nameEnd: UInt32(truncatingIfNeeded: offset &+ colon),
                valueStart: UInt32(truncatingIfNeeded: offset &+ start),
                valueEnd: UInt32(truncatingIfNeeded: offset &+ end),
                name: name
            )
        )
        return name
    }

    private static func refusal(of line: UnsafeRawBufferPointer, at index: Int) -> Refusal {
        guard index < line.count else {
            return .malformed("expected ':' behind a field name, found the end of the line")
        }
        switch line[index] {
        case ByteClass.space, ByteClass.tab:
            return index == 0
                ? .malformed("expected a field name, found a folded line")
                : .malformed("expected ':' behind a field name, found white space")
        case UInt8(ascii: ":"): return .malformed("expected a field name, found ':'")
        default: return .malformed("a field name has a character that no token has")
        }
    }
}
