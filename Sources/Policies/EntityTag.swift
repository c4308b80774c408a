public import Bytes

/// The validator of an answer: a hash of its content before any coding (RFC 9110, 8.8.3).
///
/// Written as 32 hexadecimal digits in quotes, strong for plain content and weak (`W/`) for coded
/// content. Strong tags must differ between codings, and what a coder writes may differ from one
/// release to the next; a weak tag promises the same facts in whatever coding. So If-None-Match, which
/// compares weakly, can be answered with 304 before anything is compressed.
public struct EntityTag: Sendable, Hashable, BitwiseCopyable {
    /// The two halves of the hash.
    public let high: UInt64
    public let low: UInt64
    public let isWeak: Bool

    /// The most bytes of a tag as it is written: `W/`, quotes, digits.
    public static let maxLength = 36

    public init(high: UInt64, low: UInt64, isWeak: Bool = false) {
        self.high = high
        self.low = low
        self.isWeak = isWeak
    }

    /// The tag of the same content when it is sent coded.
    public var weakened: EntityTag { EntityTag(high: self.high, low: self.low, isWeak: true) }

    /// Appends the value of an ETag field.
    public func append(into output: inout OutputBuffer) {
        self.withBytes { output.append($0) }
    }

    /// The value of an ETag field; valid inside `body` only.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        withUnsafeTemporaryAllocation(byteCount: Self.maxLength, alignment: 1) { space in
            var count = 0
            func put(_ byte: UInt8) {
                space[count] = byte
                count += 1
            }
            if self.isWeak {
                put(UInt8(ascii: "W"))
                put(UInt8(ascii: "/"))
            }
            put(UInt8(ascii: "\""))
            for place in 0..<32 {
                let half = place < 16 ? self.high : self.low
                let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (place & 15)) & 15)
                put(digit < 10 ? digit &+ UInt8(ascii: "0") : digit &+ 87)
            }
            put(UInt8(ascii: "\""))
            return body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(space)[..<count]))
        }
    }

    /// Whether the bytes are an entity tag, as a backend's must be before it is sent on.
    public static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var tags = EntityTagList(bytes)
        guard case .tag = tags.next() else { return false }
        return tags.isAtEnd
    }

    /// Appends a backend's tag, weak as coded content has it.
    ///
    /// - Parameters:
    ///   - tag: a valid tag.
    ///   - output: where to append.
    public static func append(
        weakened tag: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) {
        if tag.first != UInt8(ascii: "W") { output.append("W/") }
        output.append(tag)
    }
}
