/// A list of plain values whose memory is kept from one request to the next.
///
/// An `Array` in a structure that is walked recursively is checked for uniqueness at every write;
/// this is a pointer and a count.
struct ScratchList<Element: BitwiseCopyable>: ~Copyable {
    private var memory: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0

    private static var first: Int { 32 }
    private static var kept: Int { 4096 }

    init() {
        self.capacity = Self.first
        self.memory = .allocate(capacity: Self.first)
    }

    deinit {
        self.memory.deallocate()
    }

    /// The elements, until the next is appended.
    var start: UnsafePointer<Element> { UnsafePointer(self.memory) }

    subscript(index: Int) -> Element {
        @inline(__always) get {
            assert(index >= 0 && index < self.count)
            return self.memory[index]
        }
        @inline(__always) set {
            assert(index >= 0 && index < self.count)
            self.memory[index] = newValue
        }
    }

    @inline(__always)
    mutating func append(_ element: Element) {
        if self.count == self.capacity { self.grow() }
        (self.memory + self.count).initialize(to: element)
        self.count &+= 1
    }

    mutating func truncate(to count: Int) {
        assert(count >= 0 && count <= self.count)
        self.count = count
    }

    /// Empties the list and lets go of memory that only a large request needs.
    mutating func removeAll() {
        self.count = 0
        guard self.capacity > Self.kept else { return }
        self.memory.deallocate()
        self.capacity = Self.first
        self.memory = .allocate(capacity: Self.first)
    }

    /// Sorts all elements; equal ones may change places.
    mutating func sort(by isBefore: (Element, Element) -> Bool) {
        var elements = UnsafeMutableBufferPointer(start: self.memory, count: self.count)
        elements.sort(by: isBefore)
    }

    @inline(never)
    private mutating func grow() {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: self.capacity * 2)
        memory.update(from: self.memory, count: self.count)
        self.memory.deallocate()
        self.memory = memory
        self.capacity *= 2
    }
}
