/// The characters beyond ASCII (RFC 3629).
enum UTF8Sequence {
    /// The bytes of the character at `place`, whose first byte is not ASCII; 0 if it is none.
    static func count(_ place: UnsafeRawPointer, _ end: UnsafeRawPointer) -> Int {
        let first = place.load(as: UInt8.self)
        let available = end - place
        guard available >= 2 else { return 0 }
        let second = place.load(fromByteOffset: 1, as: UInt8.self)
        // Unicode, table 3-7: what the second byte may be is decided by the first.
        let length: Int
        var allowed: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, allowed) = (3, 0xA0...0xBF)
        case 0xED: (length, allowed) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, allowed) = (4, 0x90...0xBF)
        case 0xF4: (length, allowed) = (4, 0x80...0x8F)
        case 0xF1...0xF3: length = 4
        default: return 0
        }
        guard available >= length, allowed.contains(second) else { return 0 }
        var index = 2
        while index < length {
            guard place.load(fromByteOffset: index, as: UInt8.self) & 0xC0 == 0x80 else { return 0 }
            index &+= 1
        }
        return length
    }
}
