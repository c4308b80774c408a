extension PlainReader {
    /// Reads a string, quotes and all, and appends its token.
    ///
    /// Eight bytes a step are asked whether one of them is a quote, a backslash, a control
    /// character or not ASCII: the marks are exact up to the first hit, which is all that is used.
    @inline(__always)
    static func readString(
        _ place: inout UnsafeRawPointer,
        _ end: UnsafeRawPointer,
        into tape: inout JSONTape,
        escapes: borrowing JanssonParser
    ) -> Outcome {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let start = place + 1
        var at = start
        while end - at >= 8 {
            let word = at.loadUnaligned(as: UInt64.self)
            let quote = word ^ 0x2222_2222_2222_2222
            let slash = word ^ 0x5C5C_5C5C_5C5C_5C5C
            let marks =
                ((quote &- ones) & ~quote | (slash &- ones) & ~slash
                    | (word &- 0x2020_2020_2020_2020) & ~word | word) & 0x8080_8080_8080_8080
            if marks == 0 {
                at += 8
                continue
            }
            at += marks.trailingZeroBitCount >> 3
            break
        }
        while at < end {
            let byte = at.load(as: UInt8.self)
            if byte == UInt8(ascii: "\"") {
                place = at + 1
                return tape.append(.string, start, at - start) ? .done : .tooLarge(0)
            }
            if byte == UInt8(ascii: "\\") || byte >= 0x80 {
                return self.readUnusual(&place, at, end, into: &tape, escapes: escapes)
            }
            guard byte >= 0x20 else { return .other }
            at += 1
        }
        return .other
    }

    /// Goes on with a string that is not printable ASCII from `at` on.
    @inline(never)
    private static func readUnusual(
        _ place: inout UnsafeRawPointer,
        _ at: UnsafeRawPointer,
        _ end: UnsafeRawPointer,
        into tape: inout JSONTape,
        escapes: borrowing JanssonParser
    ) -> Outcome {
        var at = at
        var hasEscape = false
        while at < end {
            let byte = at.load(as: UInt8.self)
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                hasEscape = true
                // The byte after a backslash, a quote above all, ends nothing.
                at += 1
                guard at < end else { return .other }
                at += 1
            } else if byte < 0x80 {
                guard byte >= 0x20 else { return .other }
                at += 1
            } else {
                let count = UTF8Sequence.count(at, end)
                guard count > 0 else { return .other }
                at += count
            }
        }
        guard at < end else { return .other }
        let quoted = UnsafeRawBufferPointer(start: place, count: at + 1 - place)
        let start = place + 1
        place = at + 1
        guard hasEscape else {
            return tape.append(.string, start, at - start) ? .done : .tooLarge(0)
        }
        switch escapes.string(quoted, besides: tape.byteCount) {
        case .text(let text):
            guard let bytes = text.baseAddress else { return .other }
            return tape.append(.string, bytes, text.count) ? .done : .tooLarge(0)
        case .refused: return .other
        case .tooLarge: return .tooLarge(0)
        }
    }
}
