public import Bytes

/// Values of metadata whose names end in `-bin`.
///
/// "Implementations MUST split Binary-Headers on "," before decoding" and "MUST accept padded and
/// un-padded values and should emit un-padded values" (`PROTOCOL-HTTP2.md`, "Custom-Metadata").
public enum BinaryHeader {
    /// Appends the bytes that one value stands for; false, and nothing appended, if it is broken.
    ///
    /// White space round the value is dropped. Use ``next(_:)`` first where a list may come.
    @discardableResult
    public static func decode(
        _ value: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) -> Bool {
        var value = value
        while let byte = value.first, byte == 0x20 || byte == 0x09 {
            value = UnsafeRawBufferPointer(rebasing: value.dropFirst())
        }
        while let byte = value.last, byte == 0x20 || byte == 0x09 {
            value = UnsafeRawBufferPointer(rebasing: value.dropLast())
        }
        return Base64.decode(value, into: &output)
    }

    /// Takes the next element off a comma-joined list; nil at its end.
    ///
    /// Set `list` to nil to begin with an absent header; it is nil again behind the last element.
    public static func next(
        _ list: inout UnsafeRawBufferPointer?
    ) -> UnsafeRawBufferPointer? {
        guard let bytes = list else { return nil }
        guard let comma = bytes.firstIndex(of: UInt8(ascii: ",")) else {
            list = nil
            return bytes
        }
        list = UnsafeRawBufferPointer(rebasing: bytes[(comma + 1)...])
        return UnsafeRawBufferPointer(rebasing: bytes[..<comma])
    }

    /// Appends `bytes` as they go out: standard alphabet, without padding.
    public static func append(_ bytes: UnsafeRawBufferPointer, to output: inout OutputBuffer) {
        Base64.encode(bytes, padded: false, into: &output)
    }

    /// Whether every element of a value is base64.
    public static func isValid(_ value: UnsafeRawBufferPointer) -> Bool {
        var rest: UnsafeRawBufferPointer? = value
        var decoded = OutputBuffer(capacity: value.count)
        while let element = Self.next(&rest) {
            guard Self.decode(element, into: &decoded) else { return false }
        }
        return true
    }

    /// Whether a metadata name, in lower case, is that of a binary header.
    public static func isName(_ name: UnsafeRawBufferPointer) -> Bool {
        name.count > 4 && name.suffix(4).elementsEqual("-bin".utf8)
    }
}
