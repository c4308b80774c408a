public import Bytes
internal import HTTPMessages
internal import Routing
public import Transcoding

/// Writes header fields whose values hold fields of the answer: `location: /v1/users/{id}`.
///
/// A field's text is its JSON form without quotes (an enum's name, a time in RFC 3339, an integer in
/// decimal), percent-encoded, so that whatever a backend answers is one safe segment.
public final class FieldTextPrinter {
    private let printer: ResponsePrinter
    private var json = OutputBuffer(capacity: 256, limit: FieldTextPrinter.longest)
    private var text = OutputBuffer(capacity: 256, limit: FieldTextPrinter.longest)
    /// Whether a field's text is written as it is, not percent-encoded.
    private var isPlain = false

    /// A field longer than this is no part of a header field.
    private static let longest = 8192

    /// Makes a printer that shares `responses`.
    public init(responses: ResponsePrinter) {
        self.printer = responses
    }

    /// Appends the field line; one whose value cannot be made is left out.
    ///
    /// It cannot when a field is not set (its JSON is `null`), is longer than a head should carry,
    /// or does not keep to the schema.
    ///
    /// - Parameters:
    ///   - template: the field's name and value.
    ///   - message: the answer as it came.
    ///   - type: the answer's type.
    ///   - head: where to append.
    public func append(
        _ template: FieldTemplate,
        message: UnsafeRawBufferPointer,
        type: Int32,
        to head: inout OutputBuffer
    ) {
        self.text.removeAll()
        for part in template.parts {
            switch part {
            case .text(let bytes): self.text.append(bytes)
            case .field(let path):
                guard self.appendField(path, of: message, type) else { return }
            }
        }
        guard !self.text.isOverLimit else { return }
        template.name.withUnsafeBytes { name in
            self.text.withUnsafeBytes { value in
                _ = ResponseWriter.field(name: name, value: value, into: &head)
            }
        }
    }

    /// Appends the text of a field as it is, without quotes and escapes.
    ///
    /// - Parameters:
    ///   - path: the field.
    ///   - message: the message as it came.
    ///   - type: the message's type.
    ///   - output: where to append; unchanged where there is no text.
    /// - Returns: false for a field that is not set, is longer than `output` may be, or does not
    ///   keep to the schema.
    public func append(
        plain path: FieldPath,
        of message: UnsafeRawBufferPointer,
        _ type: Int32,
        to output: inout OutputBuffer
    ) -> Bool {
        self.text.removeAll()
        self.isPlain = true
        defer { self.isPlain = false }
        guard self.appendField(path, of: message, type), !self.text.isOverLimit else {
            return false
        }
        let start = output.count
        self.text.withUnsafeBytes { output.append($0) }
        guard !output.isOverLimit else {
            output.truncate(to: start)
            return false
        }
        return true
    }

    private func appendField(
        _ path: FieldPath,
        of message: UnsafeRawBufferPointer,
        _ type: Int32
    ) -> Bool {
        self.json.removeAll()
        do throws(TranscodingError) {
            try self.printer.print(message, type: type, field: path, into: &self.json)
        } catch {
            return false
        }
        return self.json.withUnsafeBytes { json in
            guard json.first == UInt8(ascii: "\"") else {
                guard !json.elementsEqual("null".utf8) else { return false }
                self.encode(json)
                return true
            }
            self.appendString(UnsafeRawBufferPointer(rebasing: json.dropFirst().dropLast()))
            return true
        }
    }

    /// Undoes the escapes of Transcoding's `StringPrinter`, which writes `\"`, `\\`, the short forms
    /// of `\b`, `\t`, `\n`, `\f` and `\r`, `\u00XX` for the other characters below a space, and
    /// everything else as it is.
    private func appendString(_ bytes: UnsafeRawBufferPointer) {
        var start = 0
        var index = 0
        while index < bytes.count {
            guard bytes[index] == UInt8(ascii: "\\"), index + 1 < bytes.count else {
                index += 1
                continue
            }
            self.encode(bytes, start..<index)
            let (byte, length) = Self.unescaped(bytes, at: index)
            withUnsafeBytes(of: byte) { self.encode($0) }
            index += length
            start = index
        }
        self.encode(bytes, start..<bytes.count)
    }

    private func encode(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.encode(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }

    private func encode(_ bytes: UnsafeRawBufferPointer) {
        if self.isPlain {
            self.text.append(bytes)
        } else {
            PercentCoding.encode(bytes, into: &self.text)
        }
    }

    private static func unescaped(
        _ bytes: UnsafeRawBufferPointer,
        at index: Int
    ) -> (byte: UInt8, length: Int) {
        switch bytes[index + 1] {
        case UInt8(ascii: "b"): return (0x08, 2)
        case UInt8(ascii: "f"): return (0x0c, 2)
        case UInt8(ascii: "n"): return (0x0a, 2)
        case UInt8(ascii: "r"): return (0x0d, 2)
        case UInt8(ascii: "t"): return (0x09, 2)
        case UInt8(ascii: "u") where index + 5 < bytes.count:
            return (Self.digit(bytes[index + 4]) << 4 | Self.digit(bytes[index + 5]), 6)
        case let byte: return (byte, 2)
        }
    }

    /// The value of a hexadecimal digit; 0 for what is none, which the printer does not write.
    private static func digit(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: 0
        }
    }
}
