/// A JSON value read strictly (RFC 8259), with numbers kept as text: an independent reader of what
/// the printer writes.
indirect enum ResponseJSONValue: Equatable {
    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([ResponseJSONValue])
    case object([String: ResponseJSONValue])

    /// Nil if the text is not JSON, or has a key twice.
    init?(_ text: some Sequence<UInt8>) {
        var reader = ResponseJSONReader(bytes: Array(text))
        guard let value = reader.value() else { return nil }
        reader.skipBlanks()
        guard reader.index == reader.bytes.count else { return nil }
        self = value
    }

    /// Numbers by value: writers differ in `-0` and `1e+30`.
    static func == (left: Self, right: Self) -> Bool {
        left.matches(right, inSinglePrecision: false)
    }

    /// Whether the values are equal, numbers as a `Float` if it is one that was written: the
    /// shortest text of a `Float` may stand for another `Double` than a longer one does.
    func matches(_ other: Self, inSinglePrecision: Bool) -> Bool {
        switch (self, other) {
        case (.null, .null): true
        case (.bool(let one), .bool(let other)): one == other
        case (.number(let one), .number(let other)):
            one == other || Double(one) == Double(other)
                || inSinglePrecision && Float(one) == Float(other)
        case (.string(let one), .string(let other)): one.utf8.elementsEqual(other.utf8)
        case (.array(let one), .array(let other)):
            one.count == other.count
                && zip(one, other)
                    .allSatisfy { $0.matches($1, inSinglePrecision: inSinglePrecision) }
        case (.object(let one), .object(let other)):
            one.count == other.count
                && one.allSatisfy { key, value in
                    other[key]?.matches(value, inSinglePrecision: inSinglePrecision) == true
                }
        default: false
        }
    }
}

struct ResponseJSONReader {
    let bytes: [UInt8]
    var index = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var next: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    mutating func skipBlanks() {
        while let byte = self.next, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { self.index += 1 }
    }

    mutating func takes(_ text: String) -> Bool {
        guard self.bytes[self.index...].starts(with: text.utf8) else { return false }
        self.index += text.utf8.count
        return true
    }

    mutating func value() -> ResponseJSONValue? {
        self.skipBlanks()
        switch self.next {
        case UInt8(ascii: "n"): return self.takes("null") ? .null : nil
        case UInt8(ascii: "t"): return self.takes("true") ? .bool(true) : nil
        case UInt8(ascii: "f"): return self.takes("false") ? .bool(false) : nil
        case UInt8(ascii: "\""): return self.string().map { .string($0) }
        case UInt8(ascii: "["): return self.array()
        case UInt8(ascii: "{"): return self.object()
        default: return self.number().map { .number($0) }
        }
    }

    private mutating func array() -> ResponseJSONValue? {
        self.index += 1
        var elements: [ResponseJSONValue] = []
        self.skipBlanks()
        if self.takes("]") { return .array([]) }
        while true {
            guard let element = self.value() else { return nil }
            elements.append(element)
            self.skipBlanks()
            if self.takes("]") { return .array(elements) }
            guard self.takes(",") else { return nil }
        }
    }

    private mutating func object() -> ResponseJSONValue? {
        self.index += 1
        var members: [String: ResponseJSONValue] = [:]
        self.skipBlanks()
        if self.takes("}") { return .object([:]) }
        while true {
            self.skipBlanks()
            guard let key = self.string(), members[key] == nil else { return nil }
            self.skipBlanks()
            guard self.takes(":"), let value = self.value() else { return nil }
            members[key] = value
            self.skipBlanks()
            if self.takes("}") { return .object(members) }
            guard self.takes(",") else { return nil }
        }
    }

    private mutating func string() -> String? {
        guard self.takes("\"") else { return nil }
        var units: [UInt16] = []
        var text: [UInt8] = []
        func flushed() -> [UInt8] { Array(String(decoding: units, as: UTF16.self).utf8) }
        while let byte = self.next {
            self.index += 1
            if byte == UInt8(ascii: "\\"), self.next == UInt8(ascii: "u") {
                let digits = self.bytes[(self.index + 1)...].prefix(4)
                let hex = String(decoding: digits, as: UTF8.self)
                guard digits.count == 4, let unit = UInt16(hex, radix: 16) else { return nil }
                units.append(unit)
                self.index += 5
                continue
            }
            text += flushed()
            units = []
            switch byte {
            case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                let plain: [Character: UInt8] = [
                    "\"": 0x22, "\\": 0x5C, "/": 0x2F, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9,
                ]
                guard let escape = self.next,
                    let meant = plain[Character(Unicode.Scalar(escape))]
                else { return nil }
                text.append(meant)
                self.index += 1
            case 0..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func number() -> String? {
        let start = self.index
        _ = self.takes("-")
        if !self.takes("0"), !self.digits() { return nil }
        if self.takes("."), !self.digits() { return nil }
        if self.takes("e") || self.takes("E") {
            if !self.takes("+") { _ = self.takes("-") }
            guard self.digits() else { return nil }
        }
        return String(decoding: self.bytes[start..<self.index], as: UTF8.self)
    }

    private mutating func digits() -> Bool {
        let start = self.index
        while let byte = self.next, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte {
            self.index += 1
        }
        return self.index > start
    }
}
