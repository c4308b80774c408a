internal import Glibc

extension InheritedSockets.Socket {
    /// Checks that connections can be accepted from the socket.
    ///
    /// - Returns: the address that it is bound to.
    /// - Throws: what was expected and found.
    func boundAddress() throws(InheritedSocketError) -> ListenAddress {
        var status = stat()
        guard fstat(self.descriptor, &status) == 0 else {
            throw InheritedSocketError("descriptor \(self.descriptor) is not open")
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            throw InheritedSocketError("descriptor \(self.descriptor) is no socket")
        }
        guard self.option(SO_TYPE) == CInt(SOCK_STREAM.rawValue) else {
            throw InheritedSocketError("descriptor \(self.descriptor) is no stream socket")
        }
        guard self.option(SO_ACCEPTCONN) == 1 else {
            throw InheritedSocketError(
                "the socket at descriptor \(self.descriptor) does not listen"
            )
        }
        guard let address = self.localAddress() else {
            throw InheritedSocketError(
                "expected an IPv4, IPv6 or unix socket at descriptor \(self.descriptor)"
            )
        }
        return address
    }

    private func option(_ name: CInt) -> CInt? {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(self.descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
    }

    private func localAddress() -> ListenAddress? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let descriptor = self.descriptor
        return withUnsafeMutablePointer(to: &storage) { storage in
            let result = storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &size)
            }
            guard result == 0 else { return nil }
            let bytes = UnsafeRawBufferPointer(start: storage, count: Int(size))
            switch CInt(storage.pointee.ss_family) {
            case AF_UNIX: return Self.unix(bytes)
            case AF_INET, AF_INET6:
                return storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    Self.host($0, size)
                }
            default: return nil
            }
        }
    }

    private static func host(
        _ address: UnsafePointer<sockaddr>,
        _ size: socklen_t
    ) -> ListenAddress? {
        var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        var port = [CChar](repeating: 0, count: 32)
        let result = getnameinfo(
            address,
            size,
            &host,
            socklen_t(host.count),
            &port,
            socklen_t(port.count),
            NI_NUMERICHOST | NI_NUMERICSERV
        )
        guard result == 0, let number = Int(Self.text(port)) else { return nil }
        return .host(Self.text(host), port: number)
    }

    /// A path ends at its zero; a name without a file begins with one, which is shown as `@`.
    private static func unix(_ bytes: UnsafeRawBufferPointer) -> ListenAddress {
        let path = bytes.dropFirst(MemoryLayout<sa_family_t>.size)
        guard path.first == 0 else {
            return .unix(path: String(decoding: path.prefix { $0 != 0 }, as: UTF8.self))
        }
        return .unix(path: "@" + String(decoding: path.dropFirst(), as: UTF8.self))
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
