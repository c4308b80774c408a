internal import Bytes

/// The texts that one request's path, query and form bind, decoded; reused for the next request.
///
/// All bytes are copied into one arena, so that what was read from the head may move on.
public final class BindingValues {
    struct Value: BitwiseCopyable {
        /// The capture's index; `query` or `form` for what has a name.
        var capture: Int32
        var nameOffset: Int32
        var nameCount: Int32
        var valueOffset: Int32
        var valueCount: Int32

        static let query: Int32 = -1
        static let form: Int32 = -2
    }

    /// Values and their bytes in one property, which a request accesses once.
    private var content = Content()

    public init() {}

    public var isEmpty: Bool { self.content.values.count == 0 }

    /// Adds the value of a path variable, percent-decoded, by its index in the template.
    public func add(capture index: Int, value: UnsafeRawBufferPointer) {
        self.content.add(
            capture: Int32(truncatingIfNeeded: index),
            name: UnsafeRawBufferPointer(start: nil, count: 0),
            value: value
        )
    }

    /// Adds a query parameter, percent-decoded, in the order they came.
    public func add(queryName name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        self.content.add(capture: Value.query, name: name, value: value)
    }

    /// Adds a field of a form (`application/x-www-form-urlencoded`), percent-decoded, in the order
    /// they came.
    ///
    /// They count only when the body is encoded as `BodyFormat.form`.
    public func add(formName name: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer) {
        self.content.add(capture: Value.form, name: name, value: value)
    }

    /// Forgets everything; the memory is kept.
    public func removeAll() {
        self.content.removeAll()
    }

    /// Lets `body` see the values, and the arena that their offsets count in.
    func withContent<R, E: Error>(
        _ body: (borrowing Content, UnsafeRawBufferPointer) throws(E) -> R
    ) throws(E) -> R {
        try self.content.withArena(body)
    }
}

extension BindingValues {
    struct Content: ~Copyable {
        private(set) var values = ScratchList<Value>()
        private var arena = OutputBuffer(capacity: 256, limit: Int(Int32.max))

        /// Whether the arena had to drop something.
        var isOverLimit: Bool { self.arena.isOverLimit }

        mutating func add(
            capture: Int32,
            name: UnsafeRawBufferPointer,
            value: UnsafeRawBufferPointer
        ) {
            let start = self.arena.count
            self.arena.append(name)
            let middle = self.arena.count
            self.arena.append(value)
            self.values.append(
                Value(
                    capture: capture,
                    nameOffset: Int32(truncatingIfNeeded: start),
                    nameCount: Int32(truncatingIfNeeded: middle &- start),
                    valueOffset: Int32(truncatingIfNeeded: middle),
                    valueCount: Int32(truncatingIfNeeded: self.arena.count &- middle)
                )
            )
        }

        mutating func removeAll() {
            self.values.removeAll()
            self.arena.removeAll()
        }

        func withArena<R, E: Error>(
            _ body: (borrowing Content, UnsafeRawBufferPointer) throws(E) -> R
        ) throws(E) -> R {
            try self.arena.withUnsafeBytes { bytes throws(E) in
                try body(self, bytes)
            }
        }
    }
}
