/// How much a client wants the media types that errors come in, gathered from its Accept fields.
///
/// A type that the client names counts with its weight (RFC 9110, 12.4.2 and 12.5.1). Ranges such
/// as `*/*` say nothing about problem+json: a client that was not written for it gets the ordinary
/// form.
public struct Acceptance: Sendable {
    private var problem: UInt16 = 0
    private var json: UInt16 = 0

    public init() {}

    /// Takes one Accept value; the values of several fields are one list (RFC 9110, 5.3).
    public mutating func take(_ value: UnsafeRawBufferPointer) {
        var elements = SeparatedParts(value, by: UInt8(ascii: ","))
        while let element = elements.next() {
            switch MediaType(contentType: element) {
            case .problemJSON: self.problem = max(self.problem, Self.weight(of: element))
            case .json: self.json = max(self.json, Self.weight(of: element))
            case .formURLEncoded, .multipartForm, .other: break
            }
        }
    }

    /// Whether an error should be `application/problem+json`: it is named, and no other JSON is
    /// wanted more.
    ///
    /// At equal weights it is: who asks for JSON and for problems wants problems to be problems.
    public var prefersProblem: Bool { self.problem > 0 && self.problem >= self.json }

    /// The weight in thousandths; 1000 where none is given or it has no form.
    private static func weight(of element: UnsafeRawBufferPointer) -> UInt16 {
        var parts = SeparatedParts(element, by: UInt8(ascii: ";"))
        _ = parts.next()
        while let parameter = parts.next() {
            guard parameter.hasLowercasePrefix("q=") else { continue }
            return self.thousandths(parameter.dropping(2)) ?? 1000
        }
        return 1000
    }

    /// Reads `0.75`: `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`.
    private static func thousandths(_ text: UnsafeRawBufferPointer) -> UInt16? {
        guard (1...5).contains(text.count), text.count == 1 || text[1] == UInt8(ascii: ".") else {
            return nil
        }
        var value: UInt16 = 0
        var place: UInt16 = 1000
        for (index, byte) in text.enumerated() where index != 1 {
            let digit = byte &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            value += UInt16(digit) * place
            place /= 10
        }
        return value <= 1000 ? value : nil
    }
}
