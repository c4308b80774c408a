internal import Transcoding

/// What a splitter makes of a body: its messages, and what it says at last.
struct SplitStory: Equatable, CustomStringConvertible {
    var messages: [[UInt8]] = []
    var error: TranscodingError?

    init(messages: [String] = [], error: TranscodingError? = nil) {
        self.messages = messages.map { Array($0.utf8) }
        self.error = error
    }

    /// Splits a body that comes in pieces.
    init(
        _ pieces: [[UInt8]],
        _ form: JSONSplitter.Form,
        limit: Int = 1000,
        depth: Int = 100
    ) {
        var splitter = JSONSplitter(form: form, limit: limit, depth: depth)
        self.init(pieces, with: &splitter)
    }

    /// The same with a splitter that is ready for the body.
    init(_ pieces: [[UInt8]], with splitter: inout JSONSplitter) {
        do {
            for piece in pieces {
                try piece.withUnsafeBytes { bytes in
                    var rest = bytes
                    while let message = try splitter.next(&rest) {
                        self.messages.append(Array(message))
                    }
                    if !rest.isEmpty { self.messages.append(Array("bytes were left".utf8)) }
                }
            }
            while let message = try splitter.end() { self.messages.append(Array(message)) }
        } catch {
            self.error = error as? TranscodingError
        }
    }

    var texts: [String] { self.messages.map { String(decoding: $0, as: UTF8.self) } }

    var description: String {
        "\(self.texts) \(self.error.map { "\($0.kind): \($0.message)" } ?? "end")"
    }

    /// All ways to cut a body: whole, byte by byte, and in two at each place.
    static func cuts(_ body: [UInt8]) -> [[[UInt8]]] {
        [[body], body.map { [$0] }]
            + body.indices.map { [Array(body[..<$0]), Array(body[$0...])] }
    }
}

/// JSON read in the plainest way: recursive, without a thought for speed (RFC 8259).
struct NaiveJSON {
    private let bytes: [UInt8]
    private var index = 0

    private struct NoJSON: Error {}

    private init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Whether the bytes are one JSON text.
    static func isValue(_ bytes: [UInt8]) -> Bool {
        var reader = NaiveJSON(bytes)
        do {
            reader.skipSpace()
            _ = try reader.value()
            reader.skipSpace()
            return reader.index == bytes.count
        } catch {
            return false
        }
    }

    /// The elements of a text that is one array, nil if it is not; no text has no elements.
    static func elements(_ bytes: [UInt8]) -> [[UInt8]]? {
        var reader = NaiveJSON(bytes)
        reader.skipSpace()
        guard reader.index < bytes.count else { return [] }
        do {
            let elements = try reader.array()
            reader.skipSpace()
            return reader.index == bytes.count ? elements : nil
        } catch {
            return nil
        }
    }

    /// The values of a text that has one a line; nil if it has not.
    static func lines(_ bytes: [UInt8]) -> [[UInt8]]? {
        var lines: [[UInt8]] = []
        for line in bytes.split(separator: 0x0A) {
            var reader = NaiveJSON(Array(line))
            reader.skipSpace()
            guard reader.index < line.count else { continue }
            guard let value = try? reader.value() else { return nil }
            reader.skipSpace()
            guard reader.index == line.count else { return nil }
            lines.append(value)
        }
        return lines
    }

    private var next: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    private mutating func skipSpace() {
        while let byte = self.next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { self.index += 1 }
    }

    private mutating func expect(_ text: String) throws {
        for byte in text.utf8 {
            guard self.next == byte else { throw NoJSON() }
            self.index += 1
        }
    }

    @discardableResult
    private mutating func value() throws -> [UInt8] {
        let start = self.index
        switch self.next {
        case UInt8(ascii: "\""): try self.string()
        case UInt8(ascii: "["): _ = try self.array()
        case UInt8(ascii: "{"): try self.object()
        case UInt8(ascii: "t"): try self.expect("true")
        case UInt8(ascii: "f"): try self.expect("false")
        case UInt8(ascii: "n"): try self.expect("null")
        default: try self.number()
        }
        return Array(self.bytes[start..<self.index])
    }

    private mutating func array() throws -> [[UInt8]] {
        var elements: [[UInt8]] = []
        try self.expect("[")
        self.skipSpace()
        if self.next == UInt8(ascii: "]") {
            self.index += 1
            return []
        }
        while true {
            self.skipSpace()
            elements.append(try self.value())
            self.skipSpace()
            guard self.next == UInt8(ascii: ",") else { break }
            self.index += 1
        }
        try self.expect("]")
        return elements
    }

    private mutating func object() throws {
        try self.expect("{")
        self.skipSpace()
        if self.next == UInt8(ascii: "}") {
            self.index += 1
            return
        }
        while true {
            self.skipSpace()
            try self.string()
            self.skipSpace()
            try self.expect(":")
            self.skipSpace()
            try self.value()
            self.skipSpace()
            guard self.next == UInt8(ascii: ",") else { break }
            self.index += 1
        }
        try self.expect("}")
    }

    private mutating func string() throws {
        try self.expect("\"")
        while let byte = self.next, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw NoJSON() }
            self.index += 1
            guard byte == UInt8(ascii: "\\") else { continue }
            guard let escaped = self.next, "\"\\/bfnrtu".utf8.contains(escaped) else {
                throw NoJSON()
            }
            self.index += 1
            guard escaped == UInt8(ascii: "u") else { continue }
            for _ in 0..<4 {
                guard let digit = self.next, Character(Unicode.Scalar(digit)).isHexDigit else {
                    throw NoJSON()
                }
                self.index += 1
            }
        }
        try self.expect("\"")
    }

    private mutating func number() throws {
        if self.next == UInt8(ascii: "-") { self.index += 1 }
        if self.next == UInt8(ascii: "0") { self.index += 1 } else { try self.digits() }
        if self.next == UInt8(ascii: ".") {
            self.index += 1
            try self.digits()
        }
        guard self.next == UInt8(ascii: "e") || self.next == UInt8(ascii: "E") else { return }
        self.index += 1
        if self.next == UInt8(ascii: "+") || self.next == UInt8(ascii: "-") { self.index += 1 }
        try self.digits()
    }

    private mutating func digits() throws {
        let start = self.index
        while let byte = self.next, (0x30...0x39).contains(byte) { self.index += 1 }
        guard self.index > start else { throw NoJSON() }
    }
}
