internal import Glibc

/// A client on a socket of its own, blocking, with a limit of five seconds to every wait.
final class TestClient {
    struct Failed: Error {
        let what: String
        let code = errno

        init(_ what: String) {
            self.what = what
        }
    }

    private let descriptor: Int32

    init(port: Int, receiveBuffer: Int32? = nil) throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.limitTime()
        if var size = receiveBuffer {
            setsockopt(self.descriptor, SOL_SOCKET, SO_RCVBUF, &size, 4)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw Failed("connect") }
    }

    init(path: String) throws {
        self.descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        self.limitTime()
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Failed("connect") }
    }

    deinit {
        close(self.descriptor)
    }

    private func limitTime() {
        var time = timeval(tv_sec: 5, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &time, size)
        setsockopt(self.descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, size)
    }

    func send(_ text: String) throws {
        try self.send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(self.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failed("send") }
            rest = rest.dropFirst(count)
        }
    }

    /// Lets the end of this client reset its connection.
    func willReset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        let size = socklen_t(MemoryLayout<linger>.size)
        setsockopt(self.descriptor, SOL_SOCKET, SO_LINGER, &option, size)
    }

    /// Says that nothing more will be sent.
    func shutWrite() {
        shutdown(self.descriptor, Int32(SHUT_WR))
    }

    /// Exactly `count` bytes, or fewer at the end of the stream.
    func receive(exactly count: Int) throws -> Int {
        var received = 0
        while received < count {
            let more = try self.receive(count - received).count
            guard more > 0 else { break }
            received += more
        }
        return received
    }

    /// At most `maximum` bytes; none at the end of the stream.
    func receive(_ maximum: Int = 65536) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: maximum)
        let count = bytes.withUnsafeMutableBytes {
            recv(self.descriptor, $0.baseAddress, $0.count, 0)
        }
        guard count >= 0 else { throw Failed("recv") }
        return Array(bytes.prefix(count))
    }

    /// Everything up to the end of the stream.
    func receiveAll() throws -> String {
        var all: [UInt8] = []
        while true {
            let bytes = try self.receive()
            guard !bytes.isEmpty else { return String(decoding: all, as: UTF8.self) }
            all += bytes
        }
    }

    /// Everything up to and with `text`.
    func receive(until text: String) throws -> String {
        var all = ""
        while !all.contains(text) {
            let bytes = try self.receive()
            guard !bytes.isEmpty else { throw Failed("end of stream after '\(all)'") }
            all += String(decoding: bytes, as: UTF8.self)
        }
        return all
    }
}
