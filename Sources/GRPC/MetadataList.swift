internal import Bytes

/// A reusable list of header names and values, all bytes in one piece of memory.
///
/// It lives as long as the call object it belongs to and is emptied between calls, so that taking
/// a backend's metadata costs no allocation. Count and bytes are bounded.
public struct MetadataList: ~Copyable {
    /// Where the bytes of one entry are; the value follows its name.
    struct Entry {
        var start: Int32
        var nameCount: Int32
        var valueCount: Int32
    }

    /// The most entries it takes.
    public let maximumCount: Int
    /// The most bytes of names and values together.
    public let maximumBytes: Int

    private var entries: [Entry] = []
    private var bytes: OutputBuffer

    /// Makes an empty list with its bounds.
    public init(maximumCount: Int = 256, maximumBytes: Int = 65536) {
        self.maximumCount = maximumCount
        self.maximumBytes = min(maximumBytes, Int(Int32.max))
        self.bytes = OutputBuffer(capacity: 256, limit: self.maximumBytes)
    }

    /// The number of entries.
    public var count: Int { self.entries.count }

    /// Whether it has no entries.
    public var isEmpty: Bool { self.entries.isEmpty }

    /// Adds an entry; false, and nothing added, when a bound would be passed.
    @discardableResult
    public mutating func append(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer
    ) -> Bool {
        guard self.entries.count < self.maximumCount,
            name.count <= self.maximumBytes, value.count <= self.maximumBytes,
            name.count + value.count <= self.maximumBytes - self.bytes.count
        else { return false }
        let start = self.bytes.count
        self.bytes.append(name)
        self.bytes.append(value)
        self.entries.append(
            Entry(
                start: Int32(start),
                nameCount: Int32(name.count),
                valueCount: Int32(value.count)
            )
        )
        return true
    }

    /// Empties the list and keeps its memory, up to what an ordinary answer needs.
    public mutating func removeAll() {
        self.entries.removeAll(keepingCapacity: true)
        self.bytes.removeAll(keeping: 4096)
    }

    /// The name of an entry; valid until the list is changed.
    public func name(at index: Int) -> UnsafeRawBufferPointer {
        let entry = self.entries[index]
        return self.slice(Int(entry.start), Int(entry.nameCount))
    }

    /// The value of an entry; valid until the list is changed.
    public func value(at index: Int) -> UnsafeRawBufferPointer {
        let entry = self.entries[index]
        return self.slice(Int(entry.start) + Int(entry.nameCount), Int(entry.valueCount))
    }

    /// The value of the first entry of this name (lower case); valid until the list is changed.
    public func first(_ name: StaticString) -> UnsafeRawBufferPointer? {
        self.index(of: name, from: 0).map { self.value(at: $0) }
    }

    /// The index of the first entry of this name at or after `start`.
    public func index(of name: StaticString, from start: Int) -> Int? {
        precondition(name.hasPointerRepresentation)
        let wanted = UnsafeRawBufferPointer(
            start: name.utf8Start,
            count: name.utf8CodeUnitCount
        )
        var index = start
        while index < self.entries.count {
            if Int(self.entries[index].nameCount) == wanted.count,
                self.name(at: index).elementsEqual(wanted)
            {
                return index
            }
            index += 1
        }
        return nil
    }

    private func slice(_ start: Int, _ count: Int) -> UnsafeRawBufferPointer {
        self.bytes.withUnsafeBytes { UnsafeRawBufferPointer(rebasing: $0[start..<(start + count)]) }
    }
}
