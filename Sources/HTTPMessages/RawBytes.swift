extension UnsafeRawBufferPointer {
    /// Whether the bytes are exactly `text`.
    ///
    /// Compares in words of eight that may overlap: a field name takes two or three loads, where a
    /// call of `memcmp` would cost more than the comparison.
    @inline(__always)
    func matches(_ text: StaticString) -> Bool {
        let count = self.count
        guard count == text.utf8CodeUnitCount else { return false }
        guard count > 0, let left = self.baseAddress else { return true }
        let right = UnsafeRawPointer(text.utf8Start)
        if count >= 8 {
            var offset = 0
            while offset <= count &- 8 {
                guard Self.sameWord(left, right, at: offset) else { return false }
                offset &+= 8
            }
            return Self.sameWord(left, right, at: count &- 8)
        }
        if count >= 4 {
            let first =
                left.loadUnaligned(as: UInt32.self) ^ right.loadUnaligned(as: UInt32.self)
            let last =
                left.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
                ^ right.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
            return first | last == 0
        }
        for offset in 0..<count where self[offset] != text.utf8Start[offset] {
            return false
        }
        return true
    }

    @inline(__always)
    private static func sameWord(
        _ left: UnsafeRawPointer,
        _ right: UnsafeRawPointer,
        at offset: Int
    ) -> Bool {
        left.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            == right.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    }

    /// Whether the bytes are `text` in whatever case; `text` is in lower case.
    func matchesIgnoringCase(_ text: StaticString) -> Bool {
        guard self.count == text.utf8CodeUnitCount else { return false }
        for offset in 0..<self.count {
            let byte = self[offset]
            let lowered = byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte
            guard lowered == text.utf8Start[offset] else { return false }
        }
        return true
    }

    /// The bytes of `range`, which must lie inside.
    @inline(__always)
    func slice(_ start: Int, _ end: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: self[start..<end])
    }

    /// The bytes without white space at both ends (RFC 9110, 5.5).
    @inline(__always)
    var trimmed: UnsafeRawBufferPointer {
        var start = 0
        var end = self.count
        while start < end, ByteClass.isWhitespace(self[start]) { start &+= 1 }
        while end > start, ByteClass.isWhitespace(self[end &- 1]) { end &-= 1 }
        return self.slice(start, end)
    }

    /// Whether the bytes are a token: at least one byte, all of them `tchar` (RFC 9110, 5.6.2).
    var isToken: Bool {
        !self.isEmpty && self.allSatisfy(ByteClass.isToken)
    }
}

extension StaticString {
    /// The bytes of a text known at compile time.
    @inline(__always)
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.utf8Start, count: self.utf8CodeUnitCount)
    }
}
