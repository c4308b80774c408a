/// The endpoints where a call has been tried, so that a further attempt prefers another.
///
/// Up to four, as a call has at most five attempts; held in place, so that a call needs no memory
/// for it.
public struct AvoidedEndpoints: Hashable, Sendable {
    private var serials = SIMD4<Int>(repeating: -1)

    /// Makes an empty set.
    public init() {}

    /// Makes the set of one endpoint, or an empty one of -1.
    ///
    /// - Parameter serial: what ``PoolMachine/endpointSerial(of:)`` said.
    public init(_ serial: Int) {
        self.insert(serial)
    }

    /// Whether there is none.
    public var isEmpty: Bool { self.serials[0] < 0 }

    /// Adds an endpoint; -1 is none, and a fifth takes the place of the last.
    public mutating func insert(_ serial: Int) {
        guard serial >= 0, !self.contains(serial) else { return }
        let free = (0..<3).first { self.serials[$0] < 0 } ?? 3
        self.serials[free] = serial
    }

    /// Whether the endpoint is in it.
    public func contains(_ serial: Int) -> Bool {
        any(self.serials .== SIMD4(repeating: serial))
    }
}
