/// Reads the fields of one serialized message, within its bytes and nothing else.
///
/// For the few options that are kept as unknown bytes, and for messages that are read without
/// generated code. It never traps and never recurses; groups are skipped.
package struct WireReader {
    /// A field's value as it stands on the wire.
    package enum Value {
        case varint(UInt64)
        case bytes(ArraySlice<UInt8>)
        /// A fixed-width number or a group, of no use to any option read here.
        case other
    }

    /// The bytes are no protobuf message.
    package struct Malformed: Error {}

    private var rest: ArraySlice<UInt8>

    /// Begins at the first byte of a message.
    package init(_ bytes: ArraySlice<UInt8>) {
        self.rest = bytes
    }

    /// The next field, nil at the end.
    package mutating func next() throws(Malformed) -> (number: UInt64, value: Value)? {
        guard !self.rest.isEmpty else { return nil }
        let tag = try self.varint()
        let number = tag >> 3
        guard 1...536_870_911 ~= number else { throw Malformed() }
        switch tag & 7 {
        case 0: return (number, .varint(try self.varint()))
        case 1: try self.skip(8)
        case 2: return (number, .bytes(try self.bytes()))
        case 3: try self.skipGroup()
        case 5: try self.skip(4)
        default: throw Malformed()
        }
        return (number, .other)
    }

    private mutating func varint() throws(Malformed) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = self.rest.popFirst() else { throw Malformed() }
            // The tenth byte has one bit left to give.
            if shift == 63, byte > 1 { throw Malformed() }
            result |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return result }
        }
        throw Malformed()
    }

    private mutating func bytes() throws(Malformed) -> ArraySlice<UInt8> {
        guard let count = Int(exactly: try self.varint()), count <= self.rest.count else {
            throw Malformed()
        }
        let bytes = self.rest.prefix(count)
        self.rest = self.rest.dropFirst(count)
        return bytes
    }

    private mutating func skip(_ count: Int) throws(Malformed) {
        guard count <= self.rest.count else { throw Malformed() }
        self.rest = self.rest.dropFirst(count)
    }

    /// Skips to the end tag of a group whose start tag has been read, those inside it included.
    private mutating func skipGroup() throws(Malformed) {
        var depth = 1
        while depth > 0 {
            switch try self.varint() & 7 {
            case 0: _ = try self.varint()
            case 1: try self.skip(8)
            case 2: _ = try self.bytes()
            case 3: depth += 1
            case 4: depth -= 1
            case 5: try self.skip(4)
            default: throw Malformed()
            }
        }
    }
}
