internal import Bytes
internal import COpenSSL

/// The wire of one engine, in memory: a BIO that reads the bytes at hand and writes to a buffer.
///
/// OpenSSL's own memory BIO would copy what arrives into memory that it keeps; this one lends it the
/// caller's, for the duration of one call.
final class MemoryWire {
    /// What has arrived and is not consumed; set for the duration of a call into OpenSSL.
    var input = UnsafeRawBufferPointer(start: nil, count: 0)
    /// What is to be sent.
    var output = OutputBuffer(capacity: 0)

    /// Memory that is kept for output between two drains: small answers need no allocation.
    private static let keptBytes = 1024

    /// Empties the output and lets go of its memory.
    func outputTaken() {
        self.output.removeAll(keeping: Self.keptBytes)
    }

    /// Makes the BIO; it refers to the wire without holding it, and is freed with its SSL.
    func makeBIO() -> OpaquePointer? {
        guard let method = Self.method, let bio = BIO_new(method) else { return nil }
        BIO_set_data(bio, Unmanaged.passUnretained(self).toOpaque())
        BIO_set_init(bio, 1)
        return bio
    }

    private static func wire(of bio: OpaquePointer?) -> MemoryWire? {
        guard let pointer = BIO_get_data(bio) else { return nil }
        return Unmanaged<MemoryWire>.fromOpaque(pointer).takeUnretainedValue()
    }

    /// The table of the BIO's functions.
    ///
    /// Made once, under the lock of a global's first use, never changed and never freed: any thread
    /// may read it.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        let type = BIO_get_new_index()
        guard type != -1, let method = BIO_meth_new(type | BIO_TYPE_SOURCE_SINK, "transom wire")
        else { return nil }
        BIO_meth_set_read(method) { bio, space, count in
            BIO_clear_flags(bio, transom_retry_flags)
            guard let wire = MemoryWire.wire(of: bio), let space, count > 0 else { return -1 }
            guard let start = wire.input.baseAddress, !wire.input.isEmpty else {
                BIO_set_flags(bio, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY)
                return -1
            }
            let taken = min(Int(count), wire.input.count)
            UnsafeMutableRawPointer(space).copyMemory(from: start, byteCount: taken)
            wire.input = UnsafeRawBufferPointer(rebasing: wire.input.dropFirst(taken))
            return Int32(taken)
        }
        BIO_meth_set_write(method) { bio, bytes, count in
            BIO_clear_flags(bio, transom_retry_flags)
            guard let wire = MemoryWire.wire(of: bio), let bytes, count > 0 else { return -1 }
            wire.output.append(UnsafeRawBufferPointer(start: bytes, count: Int(count)))
            return count
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in
            // There is nothing to flush, and OpenSSL must hear that it was done.
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return method
    }()
}
