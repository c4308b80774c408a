internal import Glibc

/// The keys of the objects that are open, to find one that is twice in its object.
///
/// Each key has a tag made of its length and its ends; only keys of equal tags are compared. Few
/// keys are compared in pairs, many are sorted, so that no choice of keys costs more than
/// n log n comparisons.
struct DuplicateKeys: ~Copyable {
    struct Key: BitwiseCopyable {
        var bytes: UnsafeRawPointer
        var count: Int
        var tag: UInt64
    }

    private var keys: UnsafeMutablePointer<Key>
    private var capacity = 256
    private(set) var count = 0

    /// Above this many keys an object's keys are sorted.
    private static let pairs = 16

    init() {
        self.keys = .allocate(capacity: 256)
    }

    deinit {
        self.keys.deallocate()
    }

    mutating func removeAll() {
        self.count = 0
        guard self.capacity > 65536 else { return }
        self.keys.deallocate()
        self.capacity = 256
        self.keys = .allocate(capacity: 256)
    }

    /// The bytes of memory that the keys have.
    var byteCount: Int { self.capacity &* MemoryLayout<Key>.stride }

    /// Whether the next key needs more memory.
    var isFull: Bool { self.count == self.capacity }

    /// Adds a key of the innermost object; only while not full.
    @inline(__always)
    mutating func append(_ bytes: UnsafeRawPointer, _ count: Int) {
        (self.keys + self.count).initialize(
            to: Key(bytes: bytes, count: count, tag: Self.tag(bytes, count))
        )
        self.count &+= 1
    }

    /// Whether two of the keys from `start` on are equal; forgets these keys.
    @inline(__always)
    mutating func close(from start: Int) -> Bool {
        let count = self.count &- start
        self.count = start
        if count < 2 { return false }
        let keys = self.keys + start
        if count > Self.pairs { return Self.hasEqual(sorting: .init(start: keys, count: count)) }
        var one = 1
        while one < count {
            let tag = keys[one].tag
            var other = 0
            while other < one {
                if keys[other].tag == tag, Self.areEqual(keys[one], keys[other]) { return true }
                other &+= 1
            }
            one &+= 1
        }
        return false
    }

    private static func hasEqual(sorting unsorted: UnsafeMutableBufferPointer<Key>) -> Bool {
        var keys = unsorted
        keys.sort { one, other in
            if one.tag != other.tag { return one.tag < other.tag }
            if one.count != other.count { return one.count < other.count }
            return memcmp(one.bytes, other.bytes, one.count) < 0
        }
        for index in 1..<keys.count where keys[index].tag == keys[index - 1].tag {
            if self.areEqual(keys[index], keys[index - 1]) { return true }
        }
        return false
    }

    private static func areEqual(_ one: Key, _ other: Key) -> Bool {
        one.count == other.count && memcmp(one.bytes, other.bytes, one.count) == 0
    }

    /// Up to 8 bytes are in the tag whole; of longer keys the first and the last 8.
    @inline(__always)
    private static func tag(_ bytes: UnsafeRawPointer, _ count: Int) -> UInt64 {
        if count >= 8 {
            let first = bytes.loadUnaligned(as: UInt64.self)
            let last = (bytes + (count &- 8)).loadUnaligned(as: UInt64.self)
            return first ^ (last &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(truncatingIfNeeded: count)
        }
        var tag = UInt64(truncatingIfNeeded: count) << 56
        var shift: UInt64 = 0
        var index = 0
        while index < count {
            tag ^= UInt64(bytes.load(fromByteOffset: index, as: UInt8.self)) << shift
            shift &+= 8
            index &+= 1
        }
        return tag
    }

    @inline(never)
    mutating func grow() {
        let keys = UnsafeMutablePointer<Key>.allocate(capacity: self.capacity * 2)
        keys.update(from: self.keys, count: self.count)
        self.keys.deallocate()
        self.keys = keys
        self.capacity *= 2
    }
}
