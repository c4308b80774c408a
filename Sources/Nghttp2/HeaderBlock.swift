internal import CNghttp2

/// The fields of one HEADERS frame, in the form in which nghttp2 wants them.
///
/// A block of what a route always sends is prepared once; each call's own block is reset to it,
/// which copies no byte, and appends what differs. A block that is used again and again allocates
/// nothing.
///
/// **Lifetime.** nghttp2 reads names and values in place until the frame has been serialised. The
/// stream keeps the memory for that long. A block that is changed meanwhile takes new memory, and
/// so does a prepared block that other blocks are reset to: correct, but an allocation.
public final class HeaderBlock {
    private(set) var storage: HeaderStorage

    /// Makes an empty block with memory for a usual request.
    public init() {
        self.storage = HeaderStorage(fieldCapacity: 16, byteCapacity: 512)
    }

    /// Makes a block of fixed fields: pseudo-header fields first, names in lower case.
    ///
    /// A field that must not be sent is left out (and found by a debug build).
    public convenience init(_ pairs: [(String, String)]) {
        self.init()
        for (name, value) in pairs {
            var (name, value) = (name, value)
            let isTaken = name.withUTF8 { name in
                value.withUTF8 { value in
                    self.append(
                        name: UnsafeRawBufferPointer(name),
                        value: UnsafeRawBufferPointer(value)
                    )
                }
            }
            assert(isTaken, "a prepared field must be valid: \(name): \(value)")
        }
    }

    /// The number of fields.
    public var count: Int { self.storage.count }

    /// Empties the block and keeps its memory.
    public func removeAll() {
        self.makeUnique(keepingFields: false)
        self.storage.removeAll()
    }

    /// Makes this block equal to `prepared`, whose memory it shares.
    public func reset(to prepared: HeaderBlock) {
        self.makeUnique(keepingFields: false)
        self.storage.reset(to: prepared.storage)
    }

    /// Appends a field whose name and value are known at compile time.
    public func append(name: StaticString, value: StaticString) {
        self.makeUnique(keepingFields: true)
        self.storage.append(
            name: Self.bytes(name),
            isNameStatic: true,
            value: Self.bytes(value),
            isValueStatic: true,
            flags: 0
        )
    }

    /// Appends a field whose name, in lower case, is known at compile time; the value is copied.
    ///
    /// - Parameters:
    ///   - name: in lower case.
    ///   - value: without CR, LF, NUL and the like.
    ///   - isSensitive: keeps the value out of the compression's tables, the peer's and those of
    ///     any proxy (RFC 7541, section 7.1.3). It is also right for values that differ in each
    ///     call and would only push others out.
    /// - Returns: false, and nothing appended, when the value holds a byte that no field may have,
    ///   such as CR, LF or NUL.
    @discardableResult
    public func append(
        name: StaticString,
        value: UnsafeRawBufferPointer,
        isSensitive: Bool = false
    ) -> Bool {
        guard Self.isValue(value) else { return false }
        self.makeUnique(keepingFields: true)
        self.storage.append(
            name: Self.bytes(name),
            isNameStatic: true,
            value: value,
            isValueStatic: false,
            flags: isSensitive ? NGHTTP2_NV_FLAG_NO_INDEX.rawValue : 0
        )
        return true
    }

    /// Appends a field; name and value are copied.
    ///
    /// - Returns: false, and nothing appended, when the name is not one in lower case or the value
    ///   holds a byte that no field may have.
    @discardableResult
    public func append(
        name: UnsafeRawBufferPointer,
        value: UnsafeRawBufferPointer,
        isSensitive: Bool = false
    ) -> Bool {
        guard Self.isName(name), Self.isValue(value) else { return false }
        self.makeUnique(keepingFields: true)
        self.storage.append(
            name: name,
            isNameStatic: false,
            value: value,
            isValueStatic: false,
            flags: isSensitive ? NGHTTP2_NV_FLAG_NO_INDEX.rawValue : 0
        )
        return true
    }

    /// Appends a field from text, for cold paths and tests.
    @discardableResult
    public func append(name: StaticString, text: String, isSensitive: Bool = false) -> Bool {
        var text = text
        return text.withUTF8 {
            self.append(name: name, value: UnsafeRawBufferPointer($0), isSensitive: isSensitive)
        }
    }

    // MARK: - Private

    private func makeUnique(keepingFields: Bool) {
        guard !isKnownUniquelyReferenced(&self.storage) else { return }
        self.storage =
            keepingFields
            ? self.storage.copy() : HeaderStorage(fieldCapacity: 16, byteCapacity: 512)
    }

    private static func bytes(_ text: StaticString) -> UnsafeRawBufferPointer {
        precondition(text.hasPointerRepresentation)
        return UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    }

    private static func isName(_ name: UnsafeRawBufferPointer) -> Bool {
        nghttp2_check_header_name(
            name.baseAddress?.assumingMemoryBound(to: UInt8.self),
            name.count
        ) != 0
    }

    private static func isValue(_ value: UnsafeRawBufferPointer) -> Bool {
        nghttp2_check_header_value(
            value.baseAddress?.assumingMemoryBound(to: UInt8.self),
            value.count
        ) != 0
    }
}
