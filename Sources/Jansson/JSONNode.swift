/// What a JSON value is.
@frozen
public enum JSONKind: UInt8, Sendable, BitwiseCopyable {
    case null
    case `false`
    case `true`
    /// A number without fraction and exponent; `text` is the number as it was written.
    case integer
    /// A number with a fraction or an exponent; `text` is the number as it was written.
    case decimal
    /// `text` is the decoded string.
    case string
    case array
    case object
}

/// One value, or one key, of a read document: an element of a flat list in order of the text.
///
/// 24 bytes; containers say how many tokens they span, so that a value is stepped over at once.
@frozen
public struct JSONToken: BitwiseCopyable {
    @usableFromInline var bytes: UnsafeRawPointer?
    /// Bytes of text; or elements of an array, members of an object.
    @usableFromInline var count: UInt32
    /// Tokens of this value, itself and all within it; a key counts as one.
    @usableFromInline var span: UInt32
    @usableFromInline var kind: JSONKind

    init(kind: JSONKind, bytes: UnsafeRawPointer?, count: UInt32) {
        self.bytes = bytes
        self.count = count
        self.span = 1
        self.kind = kind
    }
}

/// A place in a document that a `JSONReader` has read.
///
/// It is a bare place: valid until the reader reads again or is reset, and while the bytes that
/// were read live. Its accessors are `@inlinable` because the encoder walks with nothing else:
/// called across targets they cost half of the walk.
@frozen
public struct JSONNode: BitwiseCopyable {
    @usableFromInline let token: UnsafePointer<JSONToken>

    @inlinable
    init(token: UnsafePointer<JSONToken>) {
        self.token = token
    }

    @inlinable public var kind: JSONKind { self.token.pointee.kind }

    /// The decoded string, the key, or the number as it was written; empty for other kinds.
    @inlinable public var text: UnsafeRawBufferPointer {
        guard let bytes = self.token.pointee.bytes else { return .init(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: bytes, count: Int(self.token.pointee.count))
    }

    /// The elements of an array, the members of an object; 0 for an empty one.
    @inlinable public var count: Int { Int(self.token.pointee.count) }

    /// The first element of an array, or the first key of an object, whose value is its `next`.
    ///
    /// Only where `count` is above 0.
    @inlinable public var first: JSONNode { JSONNode(token: self.token + 1) }

    /// What follows this value (or key) in its container: never after the last one.
    @inlinable public var next: JSONNode {
        JSONNode(token: self.token + Int(self.token.pointee.span))
    }
}
