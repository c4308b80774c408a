extension PlainReader {
    @inline(__always)
    static func skipSpace(_ place: inout UnsafeRawPointer, _ end: UnsafeRawPointer) {
        while place < end {
            let byte = place.load(as: UInt8.self)
            guard byte <= 0x20 else { return }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            place += 1
        }
    }

    @inline(__always)
    static func skip(
        _ word: StaticString,
        _ place: inout UnsafeRawPointer,
        _ end: UnsafeRawPointer
    ) -> Bool {
        let count = word.utf8CodeUnitCount
        guard end - place >= count else { return false }
        var index = 0
        while index < count {
            guard place.load(fromByteOffset: index, as: UInt8.self) == word.utf8Start[index] else {
                return false
            }
            index &+= 1
        }
        place += count
        return true
    }

    /// number = [ "-" ] ( "0" / digit1-9 *digit ) [ "." 1*digit ] [ "e" [ "-" / "+" ] 1*digit ]
    /// (RFC 8259, section 6).
    @inline(__always)
    static func number(
        _ place: inout UnsafeRawPointer,
        _ end: UnsafeRawPointer
    ) -> JSONKind? {
        var at = place
        if at < end, at.load(as: UInt8.self) == UInt8(ascii: "-") { at += 1 }
        guard at < end else { return nil }
        if at.load(as: UInt8.self) == UInt8(ascii: "0") {
            at += 1
        } else {
            guard self.skipDigits(&at, end) else { return nil }
        }
        var kind = JSONKind.integer
        if at < end, at.load(as: UInt8.self) == UInt8(ascii: ".") {
            at += 1
            guard self.skipDigits(&at, end) else { return nil }
            kind = .decimal
        }
        if at < end, at.load(as: UInt8.self) | 0x20 == UInt8(ascii: "e") {
            at += 1
            if at < end {
                let sign = at.load(as: UInt8.self)
                if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { at += 1 }
            }
            guard self.skipDigits(&at, end) else { return nil }
            kind = .decimal
        }
        place = at
        return kind
    }

    /// Whether there was a digit.
    @inline(__always)
    static func skipDigits(
        _ place: inout UnsafeRawPointer,
        _ end: UnsafeRawPointer
    ) -> Bool {
        let start = place
        while place < end, place.load(as: UInt8.self) &- UInt8(ascii: "0") < 10 { place += 1 }
        return place != start
    }
}
