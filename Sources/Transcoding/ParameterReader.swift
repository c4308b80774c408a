/// Reads the parameters of a MIME header's value, one after the other.
///
///     parameters = *( OWS ";" OWS [ name "=" ( token / quoted-string ) ] )
///
/// That is RFC 2045, section 5.1, with HTTP's white space (RFC 9110, section 5.6.6), which allows
/// empty parameters.
struct ParameterReader {
    struct Parameter {
        let name: UnsafeRawBufferPointer
        /// The token, or what is between the quotes.
        let value: UnsafeRawBufferPointer
        /// Whether the value has `\` escapes, each of which stands for the byte after it.
        let hasEscapes: Bool
    }

    enum Outcome {
        case parameter(Parameter)
        case end
        case malformed
    }

    private let bytes: UnsafeRawBufferPointer
    private var position: Int

    /// Begins at `position`, the end of what the parameters follow.
    init(_ bytes: UnsafeRawBufferPointer, from position: Int) {
        self.bytes = bytes
        self.position = position
    }

    mutating func next() -> Outcome {
        while true {
            self.skipSpace()
            guard let semicolon = self.current else { return .end }
            guard semicolon == UInt8(ascii: ";") else { return .malformed }
            self.position += 1
            self.skipSpace()
            guard let byte = self.current else { return .end }
            if byte != UInt8(ascii: ";") { break }
        }
        let name = self.token()
        guard !name.isEmpty, self.current == UInt8(ascii: "=") else { return .malformed }
        self.position += 1
        if self.current == UInt8(ascii: "\"") { return self.quoted(name) }
        let value = self.token()
        guard !value.isEmpty else { return .malformed }
        return .parameter(Parameter(name: name, value: value, hasEscapes: false))
    }

    private mutating func quoted(_ name: UnsafeRawBufferPointer) -> Outcome {
        let start = self.position + 1
        var end = start
        var hasEscapes = false
        while end < self.bytes.count, self.bytes[end] != UInt8(ascii: "\"") {
            if self.bytes[end] == UInt8(ascii: "\\") {
                hasEscapes = true
                end += 1
            }
            end += 1
        }
        guard end < self.bytes.count else { return .malformed }
        self.position = end + 1
        let value = UnsafeRawBufferPointer(rebasing: self.bytes[start..<end])
        return .parameter(Parameter(name: name, value: value, hasEscapes: hasEscapes))
    }

    private var current: UInt8? {
        self.position < self.bytes.count ? self.bytes[self.position] : nil
    }

    private mutating func skipSpace() {
        while let byte = self.current, byte == 0x20 || byte == 0x09 { self.position += 1 }
    }

    private mutating func token() -> UnsafeRawBufferPointer {
        let start = self.position
        while let byte = self.current, Self.isToken(byte) { self.position += 1 }
        return UnsafeRawBufferPointer(rebasing: self.bytes[start..<self.position])
    }

    /// A byte of a token (RFC 9110, section 5.6.2).
    static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "!"),
            UInt8(ascii: "#")...UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "^")...UInt8(ascii: "`"),
            UInt8(ascii: "|"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}

extension Collection<UInt8> {
    /// Whether these are the bytes of an ASCII text in small letters, the case of letters aside.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        self.count == text.utf8CodeUnitCount && self.hasPrefixIgnoringCase(text)
    }

    /// Whether the first bytes are those of an ASCII text in small letters, likewise.
    func hasPrefixIgnoringCase(_ text: StaticString) -> Bool {
        guard self.count >= text.utf8CodeUnitCount else { return false }
        for (byte, letter) in zip(
            self,
            UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        ) {
            let isCapital = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            guard (isCapital ? byte | 0x20 : byte) == letter else { return false }
        }
        return true
    }
}
