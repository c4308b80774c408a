/// Writes the few fields of messages that are made without generated code.
package struct WireWriter {
    /// The message so far.
    package private(set) var bytes: [UInt8] = []

    /// Begins an empty message.
    package init() {}

    /// Appends a field of varint type.
    package mutating func append(_ number: UInt64, varint value: UInt64) {
        self.append(number << 3)
        self.append(value)
    }

    /// Appends a field with a length: bytes, a text in UTF-8, or a message.
    package mutating func append(_ number: UInt64, bytes value: some Collection<UInt8>) {
        self.append(number << 3 | 2)
        self.append(UInt64(value.count))
        self.bytes.append(contentsOf: value)
    }

    private mutating func append(_ varint: UInt64) {
        var rest = varint
        while rest >= 0x80 {
            self.bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        self.bytes.append(UInt8(truncatingIfNeeded: rest))
    }
}
