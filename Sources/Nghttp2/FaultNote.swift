/// What nghttp2 last said about a fault, kept without an allocation until someone asks.
///
/// A peer can cause such notes at will, so they cost a copy of at most 160 bytes.
struct FaultNote {
    private static let most = 160
    private var bytes: [UInt8] = []

    mutating func set(_ text: UnsafeRawBufferPointer) {
        self.bytes.removeAll(keepingCapacity: true)
        self.bytes.append(contentsOf: text.prefix(Self.most))
    }

    /// The note in printable ASCII; other bytes, which may be the peer's, are shown as `?`.
    var text: String? {
        guard !self.bytes.isEmpty else { return nil }
        let visible = self.bytes.map { (0x20...0x7E).contains($0) ? $0 : UInt8(ascii: "?") }
        return String(decoding: visible, as: UTF8.self)
    }
}
