public import Bytes

/// Writes the heads of HTTP/1.1 answers (RFC 9112, 4 and 5).
///
/// The order is the caller's: a status line, fields, the end of the head. Names that the program
/// knows are written as they are; values from outside are checked here, the last place where a CR,
/// LF, NUL or other control character of a backend's making can be stopped from splitting an
/// answer.
public enum ResponseWriter {
    /// Appends the status line; a status outside 100 to 999 becomes 500.
    ///
    /// A status without a prepared line has an empty reason phrase, which clients ignore anyway.
    public static func statusLine(_ status: UInt16, into output: inout OutputBuffer) {
        guard 100...999 ~= status else { return self.statusLine(500, into: &output) }
        if let line = StatusLine.text(of: status) {
            output.append(line)
        } else {
            output.append("HTTP/1.1 ")
            output.append(decimal: status)
            output.append(" \r\n")
        }
    }

    /// Appends a whole answer that tells the client to send its body (RFC 9110, 15.2.1).
    public static func continuation(into output: inout OutputBuffer) {
        output.append("HTTP/1.1 100 Continue\r\n\r\n")
    }

    /// Appends a field whose value is known at compile time.
    public static func field(
        _ name: StaticString,
        _ value: StaticString,
        into output: inout OutputBuffer
    ) {
        self.write(name.bytes, value.bytes, into: &output)
    }

    /// Appends a field whose value is a number.
    public static func field(
        _ name: StaticString,
        decimal value: Int,
        into output: inout OutputBuffer
    ) {
        output.append(name)
        output.append(": ")
        output.append(decimal: value)
        output.append("\r\n")
    }

    /// Appends a field whose value comes from outside.
    ///
    /// - Parameters:
    ///   - name: a field name, as it is to be written.
    ///   - value: any bytes.
    ///   - output: where to append.
    /// - Returns: false, and nothing is written, if the value holds CR, LF, NUL or another control
    ///   character but HTAB.
    @discardableResult
    public static func field(
        _ name: StaticString,
        _ value: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) -> Bool {
        guard FieldValue.isValid(value) else { return false }
        self.write(name.bytes, value, into: &output)
        return true
    }

    /// Appends a field whose value was prepared as an array; as with a value from outside.
    @discardableResult
    public static func field(
        _ name: StaticString,
        _ value: [UInt8],
        into output: inout OutputBuffer
    ) -> Bool {
        value.withUnsafeBytes { self.field(name, $0, into: &output) }
    }

    /// Appends a field of which both parts come from outside, as a backend's metadata do.
    ///
    /// - Parameters:
    ///   - name: any bytes.
    ///   - value: any bytes.
    ///   - output: where to append.
    /// - Returns: false, and nothing is written, if the name is no token or the value is not valid.
    @discardableResult
    public static func field(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) -> Bool {
        guard name.isToken, FieldValue.isValid(value) else { return false }
        self.write(name, value, into: &output)
        return true
    }

    /// Appends the Date field (RFC 9110, 6.6.1).
    public static func date(_ date: HTTPDate, into output: inout OutputBuffer) {
        output.append("date: ")
        date.append(to: &output)
        output.append("\r\n")
    }

    /// Appends the empty line that ends a head or a trailer section.
    public static func end(into output: inout OutputBuffer) {
        output.append("\r\n")
    }

    /// Writes a field line at once: one check for room instead of four.
    private static func write(
        _ name: UnsafeRawBufferPointer,
        _ value: UnsafeRawBufferPointer,
        into output: inout OutputBuffer
    ) {
        let count = name.count + value.count + 4
        output.append(maximum: count) { space in
            guard let start = space.baseAddress else { return 0 }
            if let source = name.baseAddress {
                start.copyMemory(from: source, byteCount: name.count)
            }
            start.storeBytes(of: UInt8(ascii: ":"), toByteOffset: name.count, as: UInt8.self)
            start.storeBytes(of: ByteClass.space, toByteOffset: name.count &+ 1, as: UInt8.self)
            if let source = value.baseAddress {
                (start + name.count + 2).copyMemory(from: source, byteCount: value.count)
            }
            start.storeBytes(of: ByteClass.carriageReturn, toByteOffset: count &- 2, as: UInt8.self)
            start.storeBytes(of: ByteClass.lineFeed, toByteOffset: count &- 1, as: UInt8.self)
            return count
        }
    }
}
