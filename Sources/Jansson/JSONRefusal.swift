/// Why a text was not read.
public struct JSONRefusal: Error, Sendable, Hashable {
    public enum Reason: UInt8, Sendable {
        case syntax
        case tooDeep
        case tooLarge
    }

    public let reason: Reason
    /// From 1.
    public let line: Int
    /// In characters (Unicode code points) of its line, from 1: that of the last one looked at.
    public let column: Int
    /// What was expected and what was found, lower case, without a full stop and without the place.
    public let message: String

    /// Makes a refusal at the first `position` bytes of `text`.
    init(_ reason: Reason, _ message: String, at position: Int, of text: UnsafeRawBufferPointer) {
        self.reason = reason
        self.message = message
        var line = 1
        var column = 0
        for byte in text.prefix(max(position, 0)) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 0
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.line = line
        self.column = max(column, 1)
    }
}
