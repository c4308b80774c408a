/// Many throws from one that was made outside, so that the same throw always decides the same.
///
/// The machines of this room throw no dice: whoever drives them hands in a number, and where one
/// event has to decide several things, this goes on from it (SplitMix64). It is no source of
/// secrets.
public struct DiceSequence: Hashable, Sendable {
    private var state: UInt64

    /// Begins with a number thrown outside.
    public init(_ thrown: UInt64) {
        self.state = thrown
    }

    /// The next number, any of 64 bits.
    public mutating func next() -> UInt64 {
        self.state &+= 0x9e37_79b9_7f4a_7c15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }

    /// A number from 0 to below 1.
    public mutating func share() -> Double {
        Double(self.next() >> 11) * 0x1p-53
    }

    /// A number from 0 to below `count`; 0 when there is no such number.
    public mutating func index(below count: Int) -> Int {
        guard count > 1 else { return 0 }
        // The upper half of a product instead of a remainder: no division on the path of a call.
        return Int(truncatingIfNeeded: self.next().multipliedFullWidth(by: UInt64(count)).high)
    }
}
