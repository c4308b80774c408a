public import Bytes

/// The methods that the routes of one path take, for an `Allow` field (RFC 9110 section 10.2.1).
///
/// It means something only to the table it came from: `RouteTable.appendAllow` writes it.
public struct MethodSet: Hashable, Sendable {
    /// One bit a method, in the sorted order of their names.
    public let rawValue: UInt64

    init(rawValue: UInt64) {
        self.rawValue = rawValue
    }
}

extension RouteTable {
    /// Appends the methods of `set`, sorted, parted by a comma and a space: `GET, HEAD, OPTIONS`.
    public func appendAllow(_ set: MethodSet, to output: inout OutputBuffer) {
        var bits = set.rawValue
        while bits != 0 {
            let index = bits.trailingZeroBitCount
            bits &= bits &- 1
            guard index < self.allowNames.count else { return }
            output.append(self.allowNames[index])
            if bits != 0 { output.append(", ") }
        }
    }

    /// The text of `set`, for tests and cold paths.
    public func allowText(_ set: MethodSet) -> String {
        var output = OutputBuffer()
        self.appendAllow(set, to: &output)
        return output.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}
