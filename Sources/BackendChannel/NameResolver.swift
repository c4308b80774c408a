internal import Balancing
internal import Glibc
internal import NIOCore
internal import NIOPosix

/// Asks the system for the addresses of a name, on a thread of NIO's pool, never on an event loop.
enum NameResolver {
    /// EAI_ADDRFAMILY of netdb.h, a GNU extension that Swift's Glibc does not show.
    private static let noAddressOfFamily: Int32 = -9

    /// The addresses in the system's order (RFC 6724), IPv4 and IPv6; empty when there is none.
    static func resolve(
        host: String,
        port: Int,
        on eventLoop: any EventLoop
    ) -> EventLoopFuture<[Endpoint]> {
        NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) {
            NameResolver.lookUp(host: host, port: port)
        }
    }

    private static func lookUp(host: String, port: Int) -> [Endpoint] {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        var result = getaddrinfo(host, nil, &hints, &list)
        if result == EAI_NONAME || result == NameResolver.noAddressOfFamily {
            // A machine with no address but loopback has AI_ADDRCONFIG hide even localhost.
            hints.ai_flags = 0
            result = getaddrinfo(host, nil, &hints, &list)
        }
        guard result == 0 else { return [] }
        defer { freeaddrinfo(list) }
        var endpoints: [Endpoint] = []
        var next = list
        while let entry = next {
            next = entry.pointee.ai_next
            guard let text = NameResolver.text(of: entry.pointee) else { continue }
            let endpoint = Endpoint.address(host: text, port: port)
            if !endpoints.contains(endpoint) { endpoints.append(endpoint) }
        }
        return endpoints
    }

    private static func text(of entry: addrinfo) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        let result = getnameinfo(
            entry.ai_addr,
            entry.ai_addrlen,
            &buffer,
            socklen_t(buffer.count),
            nil,
            0,
            NI_NUMERICHOST
        )
        guard result == 0 else { return nil }
        let end = buffer.firstIndex(of: 0) ?? buffer.count
        return String(decoding: buffer[..<end].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
