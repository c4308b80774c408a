internal import CNghttp2

/// The memory of a ``HeaderBlock``: an array of `nghttp2_nv` and the bytes it points to.
///
/// nghttp2 is told not to copy names and values, so this must stay as it is until the frame has
/// been serialised. A stream retains it until then, and a block changes only storage that nobody
/// else retains.
final class HeaderStorage {
    /// Storage whose bytes the first entries point to.
    private var prepared: HeaderStorage?
    private var fields: UnsafeMutablePointer<nghttp2_nv>
    private var fieldCapacity: Int
    private var bytes: UnsafeMutableRawPointer
    private var byteCapacity: Int
    private var byteCount = 0
    private(set) var count = 0

    init(fieldCapacity: Int, byteCapacity: Int) {
        self.fieldCapacity = max(1, fieldCapacity)
        self.byteCapacity = max(16, byteCapacity)
        self.fields = .allocate(capacity: self.fieldCapacity)
        self.bytes = .allocate(byteCount: self.byteCapacity, alignment: 1)
    }

    deinit {
        self.fields.deallocate()
        self.bytes.deallocate()
    }

    /// Hands the array to `body`; the entries are read, never written.
    func withFields<R>(_ body: (UnsafePointer<nghttp2_nv>, Int) -> R) -> R {
        body(UnsafePointer(self.fields), self.count)
    }

    func removeAll() {
        self.prepared = nil
        self.count = 0
        self.byteCount = 0
    }

    /// Takes the entries of `other`, which is retained and from now on never changed.
    func reset(to other: HeaderStorage) {
        self.byteCount = 0
        self.count = 0
        self.reserveFields(other.count)
        self.fields.update(from: other.fields, count: other.count)
        self.count = other.count
        self.prepared = other
    }

    /// A storage with entries of its own for a block whose storage is still in use.
    func copy() -> HeaderStorage {
        let copy = HeaderStorage(fieldCapacity: self.count + 4, byteCapacity: self.byteCount + 64)
        copy.prepared = self.prepared
        copy.bytes.copyMemory(from: self.bytes, byteCount: self.byteCount)
        copy.byteCount = self.byteCount
        copy.fields.update(from: self.fields, count: self.count)
        copy.count = self.count
        copy.rebase(from: self.bytes)
        return copy
    }

    func append(
        name: UnsafeRawBufferPointer,
        isNameStatic: Bool,
        value: UnsafeRawBufferPointer,
        isValueStatic: Bool,
        flags: UInt32
    ) {
        self.reserveFields(self.count + 1)
        self.reserveBytes(
            (isNameStatic ? 0 : name.count) + (isValueStatic ? 0 : value.count)
        )
        let noCopy = NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue
        let field = nghttp2_nv(
            name: isNameStatic ? Self.pointer(name) : self.store(name),
            value: isValueStatic ? Self.pointer(value) : self.store(value),
            namelen: name.count,
            valuelen: value.count,
            flags: UInt8(truncatingIfNeeded: noCopy | flags)
        )
        (self.fields + self.count).initialize(to: field)
        self.count += 1
    }

    // MARK: - Memory

    /// nghttp2 declares what it only reads as writable.
    private static func pointer(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutablePointer<UInt8>? {
        bytes.baseAddress.map {
            UnsafeMutableRawPointer(mutating: $0).assumingMemoryBound(to: UInt8.self)
        }
    }

    private func store(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutablePointer<UInt8> {
        let place = self.bytes + self.byteCount
        if let source = bytes.baseAddress {
            place.copyMemory(from: source, byteCount: bytes.count)
        }
        self.byteCount += bytes.count
        return place.assumingMemoryBound(to: UInt8.self)
    }

    private func reserveFields(_ needed: Int) {
        guard needed > self.fieldCapacity else { return }
        let capacity = max(needed, self.fieldCapacity * 2)
        let memory = UnsafeMutablePointer<nghttp2_nv>.allocate(capacity: capacity)
        memory.update(from: self.fields, count: self.count)
        self.fields.deallocate()
        self.fields = memory
        self.fieldCapacity = capacity
    }

    private func reserveBytes(_ more: Int) {
        guard more > self.byteCapacity - self.byteCount else { return }
        let capacity = max(self.byteCount + more, self.byteCapacity * 2)
        let memory = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 1)
        memory.copyMemory(from: self.bytes, byteCount: self.byteCount)
        let old = self.bytes
        self.bytes = memory
        self.rebase(from: old)
        old.deallocate()
        self.byteCapacity = capacity
    }

    /// Moves the entries that point into `old` over to this storage's bytes.
    private func rebase(from old: UnsafeMutableRawPointer) {
        let range = UInt(bitPattern: old)..<(UInt(bitPattern: old) + UInt(self.byteCount))
        for index in 0..<self.count {
            if let name = self.fields[index].name, range.contains(UInt(bitPattern: name)) {
                self.fields[index].name = self.moved(name, from: old)
            }
            if let value = self.fields[index].value, range.contains(UInt(bitPattern: value)) {
                self.fields[index].value = self.moved(value, from: old)
            }
        }
    }

    private func moved(
        _ pointer: UnsafeMutablePointer<UInt8>,
        from old: UnsafeMutableRawPointer
    ) -> UnsafeMutablePointer<UInt8> {
        (self.bytes + (UnsafeMutableRawPointer(pointer) - old)).assumingMemoryBound(to: UInt8.self)
    }
}
