/// What is wrong with a command line.
struct UsageError: Error {
    var text: String
}

/// Where to listen, read from the command line.
struct ServerAddress {
    static let usage = "usage: demo-backend [--address HOST:PORT]"

    var host = "127.0.0.1"
    /// 0 lets the system choose.
    var port = 50051

    /// Reads `--address HOST:PORT` or `--address=HOST:PORT`; IPv6 hosts stand in brackets.
    init(arguments: [String]) throws(UsageError) {
        var arguments = arguments[...]
        while let argument = arguments.popFirst() {
            if argument == "--address" {
                guard let value = arguments.popFirst() else {
                    throw UsageError(text: "expected an address behind --address")
                }
                try self.read(value)
            } else if argument.hasPrefix("--address=") {
                try self.read(String(argument.dropFirst("--address=".count)))
            } else {
                throw UsageError(text: "expected --address, found '\(argument)'")
            }
        }
    }

    private mutating func read(_ text: String) throws(UsageError) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { throw UsageError(text: "expected HOST:PORT, found '\(text)'") }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else {
            throw UsageError(text: "expected HOST:PORT, found '\(text)'")
        }
        self.host = String(host)
        self.port = Int(port)
    }
}
