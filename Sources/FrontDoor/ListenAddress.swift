/// Where a listener binds: `host:port`, `[v6]:port`, `unix:///path`, or `fd:NAME` for sockets that
/// the process was started with.
///
/// A path has at most 107 bytes, what `sun_path` holds beside its closing zero (unix(7)).
package enum ListenAddress: Sendable, Equatable, CustomStringConvertible {
    case host(String, port: Int)
    case unix(path: String)
    /// A name of LISTEN_FDNAMES, or the number of a descriptor.
    case inherited(name: String)

    /// Reads an address; nil when it has none of the forms.
    package init?(_ text: String) {
        if text.hasPrefix("unix://") {
            let path = String(text.dropFirst("unix://".count))
            guard path.hasPrefix("/"), path.utf8.count <= 107 else { return nil }
            self = .unix(path: path)
            return
        }
        if text.hasPrefix("fd:") {
            let name = String(text.dropFirst("fd:".count))
            guard !name.isEmpty else { return nil }
            self = .inherited(name: name)
            return
        }
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let digits = text[text.index(after: colon)...]
        // `Int` takes a sign as well.
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .host(host, port: Int(port))
    }

    package var description: String {
        switch self {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix://\(path)"
        case .inherited(let name): "fd:\(name)"
        }
    }
}
