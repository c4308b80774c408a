internal import Glibc

/// Where values end.
extension JSONSplitter {
    /// Goes on within a string, array or object.
    ///
    /// - Parameters:
    ///   - bytes: what follows of the value, from its first byte on if it has just begun.
    ///   - count: how many of them to look at.
    /// - Returns: the number of bytes up to the value's end; nil if it is not among them.
    /// - Throws: `.tooDeep`.
    mutating func nestedEnd(
        in bytes: UnsafeRawBufferPointer,
        upTo count: Int
    ) throws(TranscodingError) -> Int? {
        guard let base = bytes.baseAddress, count > 0 else { return nil }
        var index = 0
        var depth = self.depth
        var isInString = self.isInString
        if self.isEscaped {
            self.isEscaped = false
            index = 1
        }
        while index < count {
            if isInString {
                index = Self.textEnd(base, from: index, to: count)
                guard index < count else { break }
                if base.load(fromByteOffset: index, as: UInt8.self) == UInt8(ascii: "\\") {
                    // The byte behind a backslash, a quote above all, ends nothing.
                    self.isEscaped = index &+ 1 == count
                    index &+= 2
                    continue
                }
                isInString = false
                index &+= 1
                if depth == 0 { return self.leave(at: index) }
                continue
            }
            switch base.load(fromByteOffset: index, as: UInt8.self) {
            case UInt8(ascii: "\""):
                isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth &+= 1
                guard depth <= self.depthLimit else { throw self.tooDeep() }
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth &-= 1
                if depth == 0 { return self.leave(at: index &+ 1) }
            default: break
            }
            index &+= 1
        }
        self.depth = depth
        self.isInString = isInString
        return nil
    }

    private mutating func leave(at end: Int) -> Int {
        self.depth = 0
        self.isInString = false
        return end
    }

    /// The first quote or backslash from `index` on; `end` if there is none.
    ///
    /// Eight bytes a step: a string in JSON is short more often than long, and `memchr` would be
    /// called for each of the two bytes.
    private static func textEnd(_ base: UnsafeRawPointer, from start: Int, to end: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var index = start
        while end &- index >= 8 {
            let word = UInt64(
                littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            )
            let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            // The lowest of these bits is exact; those above it need not be.
            let found =
                ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash) & highs
            if found != 0 { return index &+ found.trailingZeroBitCount / 8 }
            index &+= 8
        }
        while index < end {
            let byte = base.load(fromByteOffset: index, as: UInt8.self)
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { break }
            index &+= 1
        }
        return index
    }

    /// Where a number, `true`, `false` or `null` ends: at a comma, bracket or white space, which is
    /// not part of it; nil if that is not among the first `count` bytes.
    static func scalarEnd(in bytes: UnsafeRawBufferPointer, upTo count: Int) -> Int? {
        bytes[..<count].firstIndex { byte in
            byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || self.isSpace(byte)
        }
    }

    /// The first LF among the first `count` bytes.
    static func lineEnd(in bytes: UnsafeRawBufferPointer, upTo count: Int) -> Int? {
        guard let base = bytes.baseAddress,
            let found = memchr(base, Int32(UInt8(ascii: "\n")), count)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// JSON's white space (RFC 8259, 2).
    static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
}

/// What is said of a body that cannot be split.
extension JSONSplitter {
    func place(_ message: Int, _ offset: Int) -> String {
        "message \(message) at offset \(offset)"
    }

    func syntax(_ text: String, _ found: UInt8, at offset: Int) -> TranscodingError {
        self.syntax("\(text), found \(Self.text(found))", at: offset)
    }

    func syntax(_ text: String, at offset: Int) -> TranscodingError {
        TranscodingError(.syntax, "\(self.place(self.messages + 1, offset)): \(text)")
    }

    func cut() -> TranscodingError {
        self.syntax(
            "expected the rest of a JSON value, found the end of the body",
            at: self.messageOffset
        )
    }

    func tooLarge() -> TranscodingError {
        let place = self.place(self.messages + 1, self.messageOffset)
        return TranscodingError(.tooLarge, "\(place): the message is larger than its limit")
    }

    func tooDeep() -> TranscodingError {
        let place = self.place(self.messages + 1, self.messageOffset)
        return TranscodingError(
            .tooDeep,
            "\(place): expected at most \(self.depthLimit) levels of arrays and objects, found more"
        )
    }

    /// A byte as a person reads it: `'x'`, or `byte 0xEF`.
    static func text(_ byte: UInt8) -> String {
        guard (0x21...0x7E).contains(byte) else {
            return "byte 0x\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16, uppercase: true))"
        }
        return "'\(Character(Unicode.Scalar(byte)))'"
    }
}
