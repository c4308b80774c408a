/// How far an object has come.
struct PrinterProgress: BitwiseCopyable {
    /// Whether the object has a member already, so that the next one needs a comma.
    var hasMembers = false
    /// The same of the list or map that is being printed.
    var hasElements = false
    /// One value is printed alone, without its key (`response_body`).
    var isBare = false
}

/// Which fields of a message have come, as far as the straight printer must know.
struct FieldOrder: BitwiseCopyable {
    private var highest = -1
    /// Fields 0 to 63 and 64 to 127 that have come.
    private var low: UInt64 = 0
    private var high: UInt64 = 0
    private var oneofs: UInt64 = 0
    private var nextDefault = 0

    /// Notes a field; false if it, or another member of its oneof, came before, or might have.
    ///
    /// Go writes members of oneofs after all other fields, so lower numbers after higher ones are
    /// ordinary; `inOrder` refuses them.
    @inline(__always)
    mutating func admit(_ index: Int, oneof: Int32, inOrder: Bool) -> Bool {
        if oneof >= 0 {
            guard oneof < 64 else { return false }
            let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: oneof)
            guard self.oneofs & bit == 0 else { return false }
            self.oneofs |= bit
        }
        let isLater = index > self.highest
        if isLater { self.highest = index } else if inOrder { return false }
        if index < 64 {
            let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: index)
            guard isLater || self.low & bit == 0 else { return false }
            self.low |= bit
        } else if index < 128 {
            let bit: UInt64 = 1 << UInt64(truncatingIfNeeded: index &- 64)
            guard isLater || self.high & bit == 0 else { return false }
            self.high |= bit
        } else {
            return isLater
        }
        return true
    }

    /// The fields since the last call that have not come, before the one at `index`, which has.
    mutating func passed(to index: Int) -> Range<Int> {
        let first = self.nextDefault
        self.nextDefault = index &+ 1
        return first..<index
    }
}
