internal import Bytes
internal import HTTPMessages

/// The value of a request's field, kept beyond its head.
struct KeptValue: ~Copyable {
    private var bytes = OutputBuffer(capacity: 64)
    private(set) var isThere = false

    mutating func keep(_ value: UnsafeRawBufferPointer) {
        if self.isThere { self.bytes.append(", ") }
        self.bytes.append(value)
        self.isThere = true
    }

    /// Keeps the values of all lines of a field as one list (RFC 9110, 5.3).
    mutating func keep(_ name: FieldName, of head: RequestHead) {
        guard head.contains(name) else { return }
        for index in 0..<head.fieldCount where head.name(at: index) == name {
            self.keep(head.value(at: index))
        }
    }

    mutating func forget() {
        guard self.isThere else { return }
        self.isThere = false
        self.bytes.removeAll(keeping: 1024)
    }

    /// The value, nil without one; valid inside `body` only.
    borrowing func withValue<Result>(_ body: (UnsafeRawBufferPointer?) -> Result) -> Result {
        guard self.isThere else { return body(nil) }
        return self.bytes.withUnsafeBytes { body($0) }
    }
}
