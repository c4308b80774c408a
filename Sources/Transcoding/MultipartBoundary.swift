/// Reads the Content-Type of a form in parts (RFC 7578, section 4.1).
public enum MultipartBoundary {
    /// The boundary that a Content-Type value names; a part of `value`.
    ///
    /// - Returns: nil where there is none, more than one, or one that breaks RFC 2046, section 5.1.1:
    ///   1 to 70 letters, digits, spaces and `'()+_,-./:=?`, no space at the end. That is a 400.
    public static func find(in value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let essence = MediaTypeText.essence(of: value)
        var parameters = ParameterReader(value, from: essence.count)
        var boundary: UnsafeRawBufferPointer?
        while true {
            switch parameters.next() {
            case .malformed: return nil
            case .end: return boundary.flatMap { self.isValid($0) ? $0 : nil }
            case .parameter(let parameter):
                guard parameter.name.equalsIgnoringCase("boundary") else { continue }
                guard boundary == nil, !parameter.hasEscapes else { return nil }
                boundary = parameter.value
            }
        }
    }

    static func isValid(_ boundary: UnsafeRawBufferPointer) -> Bool {
        guard (1...70).contains(boundary.count), boundary.last != 0x20 else { return false }
        for byte in boundary {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "+")...UInt8(ascii: ":"), UInt8(ascii: "'")...UInt8(ascii: ")"),
                UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "_"), 0x20:
                continue
            default: return false
            }
        }
        return true
    }
}

/// The parts of a media type's text.
enum MediaTypeText {
    /// The type and subtype of a Content-Type value, without parameters and white space.
    static func essence(of value: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var end = 0
        while end < value.count, value[end] != UInt8(ascii: ";") { end += 1 }
        while end > 0, value[end - 1] == 0x20 || value[end - 1] == 0x09 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: value[..<end])
    }

    /// Whether it is a type and a subtype, both tokens (RFC 2045, section 5.1).
    static func isValid(_ essence: UnsafeRawBufferPointer) -> Bool {
        guard let slash = essence.firstIndex(of: UInt8(ascii: "/")), slash > 0,
            slash + 1 < essence.count
        else { return false }
        for index in 0..<essence.count where index != slash {
            guard ParameterReader.isToken(essence[index]) else { return false }
        }
        return true
    }

    /// Whether a Content-Type value leaves its text UTF-8: it names no other `charset`.
    static func isUTF8(_ value: UnsafeRawBufferPointer) -> Bool {
        var parameters = ParameterReader(value, from: self.essence(of: value).count)
        while case .parameter(let parameter) = parameters.next() {
            guard parameter.name.equalsIgnoringCase("charset") else { continue }
            guard
                parameter.value.equalsIgnoringCase("utf-8")
                    || parameter.value.equalsIgnoringCase("utf8")
                    || parameter.value.equalsIgnoringCase("us-ascii")
            else { return false }
        }
        return true
    }

    /// `application/json` or `application/*+json`.
    static func isJSON(_ essence: UnsafeRawBufferPointer) -> Bool {
        essence.equalsIgnoringCase("application/json")
            || essence.hasPrefixIgnoringCase("application/")
                && essence.suffix(5).equalsIgnoringCase("+json")
    }
}
