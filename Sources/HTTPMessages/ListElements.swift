/// The elements of a comma-separated field value, without white space round them.
///
/// Empty elements are handed out too: some fields ignore them, some refuse them (RFC 9110, 5.6.1).
/// Quoted strings are not known here; the fields it is used for have none.
struct ListElements {
    private var rest: UnsafeRawBufferPointer?

    init(_ value: UnsafeRawBufferPointer) {
        self.rest = value
    }

    mutating func next() -> UnsafeRawBufferPointer? {
        guard let rest = self.rest else { return nil }
        guard let comma = rest.firstIndex(of: UInt8(ascii: ",")) else {
            self.rest = nil
            return rest.trimmed
        }
        self.rest = rest.slice(comma &+ 1, rest.count)
        return rest.slice(0, comma).trimmed
    }
}
