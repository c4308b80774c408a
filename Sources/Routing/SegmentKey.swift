/// A short text in registers: its first eight bytes, its last eight, and its length.
///
/// Two texts of at most sixteen bytes are equal exactly if their keys are; longer ones are compared
/// in their middle as well. Comparing two words and a length instead of calling `memcmp` for each
/// segment is what keeps a look-up in a table of 100 routes well under 100 ns.
struct SegmentKey: Equatable {
    var head: UInt64
    var tail: UInt64
    var length: Int32

    /// The key of `length` bytes at `start` of `bytes`, which must hold them.
    @inline(__always)
    init(_ bytes: UnsafeRawBufferPointer, start: Int, length: Int) {
        self.length = Int32(truncatingIfNeeded: length)
        if length >= 8 {
            self.head = Self.word(bytes, at: start)
            self.tail = Self.word(bytes, at: start &+ length &- 8)
            return
        }
        self.tail = 0
        if start &+ 8 <= bytes.count {
            // A word read past the segment's end but inside the path, its surplus masked away.
            let mask = (1 as UInt64) << UInt64(truncatingIfNeeded: length &* 8) &- 1
            self.head = Self.word(bytes, at: start) & mask
        } else if start &+ length >= 8 {
            // The last segment: a word that ends with it, shifted down.
            let surplus = UInt64(truncatingIfNeeded: (8 &- length) &* 8)
            self.head = length == 0 ? 0 : Self.word(bytes, at: start &+ length &- 8) >> surplus
        } else {
            var head: UInt64 = 0
            var index = length
            while index > 0 {
                index &-= 1
                head = head << 8 | UInt64(bytes[start &+ index])
            }
            self.head = head
        }
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// A hash for a table of `1 << (64 - shift)` slots: multiplicative (Knuth, volume 3, section
    /// 6.4).
    ///
    /// The table's content is the operator's, so a client can at worst make a look-up probe as
    /// often as the table itself has neighbours.
    @inline(__always)
    func slot(parent: Int32, shift: UInt64) -> Int {
        let mixed =
            (self.head ^ (self.tail << 31 | self.tail >> 33))
            &+ UInt64(UInt32(bitPattern: parent)) &* 0x9E37_79B9_7F4A_7C15
            &+ UInt64(UInt32(bitPattern: self.length))
        let hash = (mixed ^ mixed >> 32) &* 0xFF51_AFD7_ED55_8CCD
        return Int(truncatingIfNeeded: hash >> shift)
    }
}
