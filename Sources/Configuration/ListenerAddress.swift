/// An address to listen on: `host:port`, `[v6]:port`, `unix:///path`, or `fd:NAME` for sockets that
/// the process is started with.
package enum ListenerAddress: Sendable, Hashable, CustomStringConvertible {
    /// A name, an IPv4 address, or an IPv6 address without its brackets; and a port from 0 to
    /// 65535, where 0 takes any free one.
    case host(String, port: Int)
    /// An absolute path of at most 107 bytes.
    case unix(path: String)
    /// A name of LISTEN_FDNAMES, or the number of a descriptor (sd_listen_fds(3)).
    case inherited(name: String)

    /// What `sun_path` holds beside its closing zero (unix(7)).
    private static let longestPath = 107
    /// What systemd allows (systemd.socket(5), FileDescriptorName).
    private static let longestName = 255

    /// Reads an address; nil when it has none of the forms.
    package init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = text.dropFirst("unix://".count)
            guard text.hasPrefix("unix:///"), path.utf8.count <= Self.longestPath,
                path.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else { return nil }
            self = .unix(path: String(path))
        } else if text.hasPrefix("fd:") {
            let name = text.dropFirst("fd:".count)
            guard 1...Self.longestName ~= name.utf8.count,
                name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") })
            else { return nil }
            self = .inherited(name: String(name))
        } else {
            guard let parts = HostAndPort.split(text) else { return nil }
            self = .host(parts.host, port: parts.port)
        }
    }

    /// Whether two listeners may have the same: each gets a free port of its own.
    package var isAnyPort: Bool {
        if case .host(_, 0) = self { true } else { false }
    }

    package var description: String {
        switch self {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix://\(path)"
        case .inherited(let name): "fd:\(name)"
        }
    }

    /// What to write instead of a text that stands where the list of listeners should.
    static func listHint(_ text: String) -> String {
        let address =
            ListenerAddress(text) != nil
            ? text
            : HostAndPort.withoutScheme(text, port: 8080)
                ?? (HostAndPort.split("0.0.0.0:\(text)") != nil
                    ? "0.0.0.0:\(text)" : "127.0.0.1:8080")
        return #"write a list of mappings: [{ address: "\#(address)" }]"#
    }

    /// What to write instead of a text that is no address.
    static func hint(_ text: String) -> String? {
        if Int(text) != nil { return "write 0.0.0.0:\(text)" }
        if text.hasPrefix("unix:") {
            return text.hasPrefix("unix:///")
                ? "a path has at most \(Self.longestPath) bytes, all of them printable"
                : "write an absolute path: unix:///run/transom.sock"
        }
        if text.hasPrefix("fd:") {
            return "a name has 1 to \(Self.longestName) visible characters without ':'"
        }
        if let address = HostAndPort.withoutScheme(text, port: 8080) {
            return "write it without a scheme: \(address)"
        }
        if !text.hasPrefix("["), text.utf8.count(where: { $0 == UInt8(ascii: ":") }) > 1 {
            return "write an IPv6 address in brackets: [::1]:8080"
        }
        if text.hasPrefix(":") || text.hasPrefix("*:") {
            return "write 0.0.0.0\(text.drop { $0 != ":" }) or [::]\(text.drop { $0 != ":" })"
        }
        return nil
    }
}

extension Kind where Value == ListenerAddress {
    static var listenerAddress: Kind {
        .scalar(
            "an address such as 127.0.0.1:8080, [::1]:8080, unix:///run/transom.sock or fd:web",
            hint: ListenerAddress.hint,
            parse: { ListenerAddress($0) },
            text: \.description
        )
    }
}
