/// How much a client wants the media types that errors and streams come in, by its Accept fields.
///
/// A type that the client names counts with its weight (RFC 9110, 12.4.2 and 12.5.1). Ranges such
/// as `*/*` say nothing about problem+json: a client that was not written for it gets the ordinary
/// form. Of the types of streams a range says something, if the type itself is not named.
public struct Acceptance: Sendable {
    /// How much a type is wanted.
    public struct Weight: Sendable, Comparable {
        /// 0, not at all, to 1000.
        public let thousandths: UInt16
        /// Whether the type itself is named, not only a range that it is in.
        public let isNamed: Bool

        /// Of two types with the same weight the client wants the one that it names.
        public static func < (left: Weight, right: Weight) -> Bool {
            (left.thousandths, left.isNamed ? 1 : 0) < (right.thousandths, right.isNamed ? 1 : 0)
        }
    }

    private var problem: UInt16 = 0
    private var json: UInt16?
    private var ndjson: UInt16?
    private var eventStream: UInt16?
    private var anyApplication: UInt16?
    private var anyText: UInt16?
    private var anything: UInt16?

    public init() {}

    /// Takes one Accept value; the values of several fields are one list (RFC 9110, 5.3).
    public mutating func take(_ value: UnsafeRawBufferPointer) {
        var elements = SeparatedParts(value, by: UInt8(ascii: ","))
        while let element = elements.next() {
            let weight = Self.weight(of: element)
            switch StreamMediaType(contentType: element) {
            case .json: Self.raise(&self.json, to: weight)
            case .ndjson: Self.raise(&self.ndjson, to: weight)
            case .eventStream: Self.raise(&self.eventStream, to: weight)
            case nil: self.takeOther(element, weight)
            }
        }
    }

    private mutating func takeOther(_ element: UnsafeRawBufferPointer, _ weight: UInt16) {
        guard MediaType(contentType: element) != .problemJSON else {
            self.problem = max(self.problem, weight)
            return
        }
        var parts = SeparatedParts(element, by: UInt8(ascii: ";"))
        guard let range = parts.next() else { return }
        if range.equalsLowercase("*/*") {
            Self.raise(&self.anything, to: weight)
        } else if range.equalsLowercase("application/*") {
            Self.raise(&self.anyApplication, to: weight)
        } else if range.equalsLowercase("text/*") {
            Self.raise(&self.anyText, to: weight)
        }
    }

    /// A type that is given twice counts with its higher weight.
    private static func raise(_ known: inout UInt16?, to weight: UInt16) {
        known = max(known ?? 0, weight)
    }

    /// How much a type is wanted for a stream: by the most specific element that it is in, not at
    /// all if it is in none.
    public func weight(of type: StreamMediaType) -> Weight {
        let named: UInt16?
        let range: UInt16?
        switch type {
        case .json: (named, range) = (self.json, self.anyApplication)
        case .ndjson: (named, range) = (self.ndjson, self.anyApplication)
        case .eventStream: (named, range) = (self.eventStream, self.anyText)
        }
        return Weight(
            thousandths: named ?? range ?? self.anything ?? 0,
            isNamed: named != nil
        )
    }

    /// Whether an error should be `application/problem+json`: it is named, and no other JSON is
    /// wanted more.
    ///
    /// At equal weights it is: who asks for JSON and for problems wants problems to be problems.
    public var prefersProblem: Bool { self.problem > 0 && self.problem >= self.json ?? 0 }

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
