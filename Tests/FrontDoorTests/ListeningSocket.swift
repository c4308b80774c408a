internal import Glibc

/// A socket that listens and accepts nothing, such as a parent process holds; closed with the test.
final class ListeningSocket: Sendable {
    let descriptor: CInt
    private let path: String?

    /// On a free port of the loopback.
    init() {
        self.descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        self.path = nil
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        self.listen(&address)
    }

    init(path: String) {
        self.descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        self.path = path
        unlink(path)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        self.listen(&address)
    }

    deinit {
        close(self.descriptor)
        if let path = self.path { unlink(path) }
    }

    private func listen<Address>(_ address: inout Address) {
        let size = socklen_t(MemoryLayout<Address>.size)
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(self.descriptor, $0, size)
            }
        }
        precondition(result == 0)
        precondition(Glibc.listen(self.descriptor, 128) == 0)
    }
}
