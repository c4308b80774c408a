/// A weight in a list of preferences (RFC 9110, 12.4.2).
///
///     weight = OWS ";" OWS "q=" qvalue
///     qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )
struct QualityValue {
    /// 0 to 1000.
    let thousandths: UInt16

    /// Reads the weight among an element's parameters: 1000 without one; nil if it has no form.
    init?(parameters: inout SeparatedParts) {
        while let parameter = parameters.next() {
            guard parameter.hasLowercasePrefix("q=") else { continue }
            self.init(parameter.dropping(2))
            return
        }
        self.init(thousandths: 1000)
    }

    private init(thousandths: UInt16) {
        self.thousandths = thousandths
    }

    init?(_ text: UnsafeRawBufferPointer) {
        guard (1...5).contains(text.count), text.count == 1 || text[1] == UInt8(ascii: ".") else {
            return nil
        }
        var value: UInt16 = 0
        var place: UInt16 = 1000
        for index in 0..<text.count where index != 1 {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < (index == 0 ? 2 : 10) else { return nil }
            value += UInt16(digit) * place
            place /= 10
        }
        guard value <= 1000 else { return nil }
        self.thousandths = value
    }
}
