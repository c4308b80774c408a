/// Walks through the tags of an If-Match or If-None-Match value.
///
///     entity-tag = [ "W/" ] DQUOTE *etagc DQUOTE       etagc = %x21 / %x23-7E / obs-text
///
/// A tag may hold commas, and a backslash is a byte like any other (RFC 9110, 8.8.3), so that
/// neither a list of tokens nor one of quoted strings is the same.
struct EntityTagList {
    private let bytes: UnsafeRawBufferPointer
    private var index = 0

    enum Element {
        /// The bytes between the quotes.
        case tag(opaque: UnsafeRawBufferPointer, isWeak: Bool)
        case malformed
    }

    init(_ bytes: UnsafeRawBufferPointer) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { self.index == self.bytes.count }

    /// The next tag; nil after the last.
    ///
    /// Nothing sensible follows what is malformed.
    mutating func next() -> Element? {
        while let byte = self.peek, byte == 0x20 || byte == 0x09 || byte == UInt8(ascii: ",") {
            self.index += 1
        }
        guard self.peek != nil else { return nil }
        var isWeak = false
        if self.peek == UInt8(ascii: "W") {
            self.index += 1
            guard self.peek == UInt8(ascii: "/") else { return .malformed }
            self.index += 1
            isWeak = true
        }
        guard self.peek == UInt8(ascii: "\"") else { return .malformed }
        self.index += 1
        let start = self.index
        while let byte = self.peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x21, byte != 0x7F else { return .malformed }
            self.index += 1
        }
        guard self.peek != nil else { return .malformed }
        let opaque = UnsafeRawBufferPointer(rebasing: self.bytes[start..<self.index])
        self.index += 1
        if let byte = self.peek, byte != 0x20, byte != 0x09, byte != UInt8(ascii: ",") {
            return .malformed
        }
        return .tag(opaque: opaque, isWeak: isWeak)
    }

    private var peek: UInt8? {
        self.index < self.bytes.count ? self.bytes[self.index] : nil
    }
}
