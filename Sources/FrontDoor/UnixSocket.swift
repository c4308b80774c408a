internal import Glibc
internal import NIOCore

/// A unix socket bound to a path, and the file that is there because of it.
///
/// It is bound here and not by NIO, which removes whatever is at the path when it closes: that may
/// be another process's by then.
struct UnixSocket: Sendable {
    let descriptor: CInt
    private let path: String
    private let device: dev_t
    private let inode: ino_t

    /// Binds `path` and listens; a socket file that nobody listens on any more is replaced.
    ///
    /// - Parameters:
    ///   - path: at most 107 bytes, absolute.
    ///   - backlog: how many connections may wait.
    /// - Throws: `IOError`; EADDRINUSE if somebody listens there, EISDIR or EEXIST if the file is no
    ///   socket.
    init(path: String, backlog: CInt) throws {
        let descriptor = try Self.open()
        do {
            if !Self.isDone(bind, descriptor, path) {
                let code = errno
                guard code == EADDRINUSE, try Self.isStale(path) else {
                    throw IOError(errnoCode: Self.obstacle(path) ?? code, reason: "bind")
                }
                unlink(path)
                guard Self.isDone(bind, descriptor, path) else {
                    throw IOError(errnoCode: errno, reason: "bind")
                }
            }
            var status = stat()
            guard listen(descriptor, backlog) == 0, stat(path, &status) == 0 else {
                throw IOError(errnoCode: errno, reason: "listen")
            }
            self.descriptor = descriptor
            self.path = path
            self.device = status.st_dev
            self.inode = status.st_ino
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
    }

    /// Removes the file, unless another has taken its place: then nobody can connect any more.
    func removeFile() {
        var status = stat()
        guard stat(self.path, &status) == 0, status.st_dev == self.device,
            status.st_ino == self.inode
        else { return }
        unlink(self.path)
    }

    private static func open() throws -> CInt {
        let type = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, type | CInt(SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw IOError(errnoCode: errno, reason: "socket") }
        return descriptor
    }

    /// What is at the path instead of a socket, as the error that says so best; nil for a socket.
    private static func obstacle(_ path: String) -> CInt? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        switch status.st_mode & S_IFMT {
        case S_IFSOCK: return nil
        case S_IFDIR: return EISDIR
        default: return EEXIST
        }
    }

    /// Whether the path is of a socket whose process has gone.
    private static func isStale(_ path: String) throws -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
        let probe = try Self.open()
        defer { _ = Glibc.close(probe) }
        // A full queue (EAGAIN) has an owner too.
        return !Self.isDone(connect, probe, path) && errno == ECONNREFUSED
    }

    private static func isDone(
        _ call: (CInt, UnsafePointer<sockaddr>, socklen_t) -> CInt,
        _ descriptor: CInt,
        _ path: String
    ) -> Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < room else {
            errno = ENAMETOOLONG
            return false
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                call(descriptor, $0, size) == 0
            }
        }
    }
}
