package import Configuration
internal import Glibc
package import Schema

/// The file that keeps what backends said by reflection.
package struct ReflectionCacheFile: Sendable, Hashable {
    /// The most bytes that are read.
    private static let maxBytes = 256 << 20

    /// The absolute path, and where the configuration names it.
    package let path: Placed<String>

    /// Names a file, which need not be there yet.
    package init(path: Placed<String>) {
        self.path = path
    }

    /// What is kept; nothing when there is no file, or one without a byte.
    ///
    /// - Throws: an error for a file that cannot be read or is something else: it is never written
    ///   over.
    package func read() throws(ConfigError) -> [ReflectedSchema] {
        guard FileAccess.exists(self.path.value) else { return [] }
        var access = FileAccess()
        do throws(FileAccess.Trouble) {
            let bytes = try access.read(self.path.value, maxBytes: Self.maxBytes)
            // Made by `touch`, or what a full disk has left: nobody's, and worth nothing.
            return bytes.isEmpty ? [] : try Self.decode(bytes)
        } catch {
            throw ConfigError(
                "\(error.message): \(access.shown(FileAccess.clean(self.path.value)))",
                at: self.path.place,
                hint: "name another file, or remove this one if nobody else needs it"
            )
        }
    }

    private static func decode(_ bytes: [UInt8]) throws(FileAccess.Trouble) -> [ReflectedSchema] {
        do throws(SchemaError) {
            return try ReflectionCache.decode(bytes)
        } catch {
            throw FileAccess.Trouble(message: error.message)
        }
    }

    /// Writes what backends said, if it is not what the file has already.
    ///
    /// The file is replaced as a whole: a reader never sees a part of it, and neither does the next
    /// start after a crash.
    ///
    /// - Throws: an error that says why it cannot be written.
    package func write(_ schemas: [ReflectedSchema]) throws(ConfigError) {
        let bytes = ReflectionCache.encode(schemas)
        var access = FileAccess()
        if let old = try? access.read(self.path.value, maxBytes: Self.maxBytes), old == bytes {
            return
        }
        // A symbolic link stays one.
        let path = FileAccess.real(self.path.value)
        let temporary = "\(path).\(getpid()).new"
        guard Self.write(bytes, to: temporary) else { throw self.unwritten(removing: temporary) }
        guard rename(temporary, path) == 0 else { throw self.unwritten(removing: temporary) }
    }

    private static func write(_ bytes: [UInt8], to path: String) -> Bool {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return fsync(descriptor) == 0
    }

    private func unwritten(removing temporary: String) -> ConfigError {
        let reason = String(cString: strerror(errno)).lowercased()
        unlink(temporary)
        return ConfigError(
            "what reflection said cannot be kept: \(self.path.value) (\(reason))",
            at: self.path.place
        )
    }
}
