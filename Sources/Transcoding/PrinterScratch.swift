/// One time that a field stands on the wire, in a chain of those of the same field.
struct FieldOccurrence: BitwiseCopyable {
    /// Where the value begins: after the tag, and after the length of a length-delimited one.
    var start: UInt32
    var end: UInt32
    /// The next occurrence of the field, `PrinterScratch.none` at the last.
    var next: UInt32
    var type: WireType
}

/// The first and last occurrence of one field of a message that is being indexed.
struct FieldChain: BitwiseCopyable {
    var first = PrinterScratch.none
    var last = PrinterScratch.none
}

/// One entry of a map, as found on the wire.
struct MapEntryRecord: BitwiseCopyable {
    /// An integer or boolean key as its bits, a string key by `start << 32 | end`.
    var key: UInt64 = 0
    /// A number by its bits, text and messages by `start << 32 | end`.
    var value: UInt64 = 0
    /// Further parts of a message, as `WireSegment.next`.
    var next = PrinterScratch.none
    var hasKey = false
    var hasValue = false
    /// Replaced by a later entry with the same key.
    var isReplaced = false
}

/// Memory that printing a message needs, kept from one message to the next.
///
/// All of it is used as stacks: a message takes its part at the end and gives it back when it is
/// printed, so that nesting needs no memory of its own.
struct PrinterScratch: ~Copyable {
    static let none = UInt32.max

    var occurrences = ScratchStack<FieldOccurrence>()
    var chains = ScratchStack<FieldChain>()
    /// The index of the member that is set, for each oneof; `none` without.
    var oneofs = ScratchStack<UInt32>()
    var entries = ScratchStack<MapEntryRecord>()
    /// An open-addressing table over map keys: 1 + the index of an entry, 0 for none.
    var slots = ScratchStack<UInt32>()

    init() {}

    /// Empties everything, and lets go of what one large message needed.
    mutating func reset() {
        self.occurrences.removeAll()
        self.chains.removeAll()
        self.oneofs.removeAll()
        self.entries.removeAll()
        self.slots.removeAll()
    }
}

/// A stack in memory of its own, without reference counting or uniqueness checks.
struct ScratchStack<Element: BitwiseCopyable>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>?
    private var capacity = 0
    private(set) var count = 0

    init() { self.base = nil }

    deinit { self.base?.deallocate() }

    subscript(index: Int) -> Element {
        get {
            guard let base = self.base, index >= 0, index < self.count else {
                preconditionFailure("no element \(index) of \(self.count)")
            }
            return base[index]
        }
        set {
            guard let base = self.base, index >= 0, index < self.count else {
                preconditionFailure("no element \(index) of \(self.count)")
            }
            base[index] = newValue
        }
    }

    mutating func append(_ element: Element) {
        if self.count == self.capacity { self.grow(1) }
        self.base?[self.count] = element
        self.count &+= 1
    }

    mutating func append(repeating element: Element, count: Int) {
        if count > self.capacity &- self.count { self.grow(count) }
        self.base?.advanced(by: self.count).initialize(repeating: element, count: count)
        self.count &+= count
    }

    mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count)
        self.count = count
    }

    /// Empties the stack; memory beyond 64 KiB is let go.
    mutating func removeAll() {
        self.count = 0
        guard self.capacity &* MemoryLayout<Element>.stride > 65536 else { return }
        self.base?.deallocate()
        self.base = nil
        self.capacity = 0
    }

    private mutating func grow(_ more: Int) {
        let capacity = max(32, self.capacity * 2, self.count + more)
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
        if let base = self.base {
            memory.initialize(from: base, count: self.count)
            base.deallocate()
        }
        self.base = memory
        self.capacity = capacity
    }
}
