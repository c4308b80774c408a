internal import Bytes
internal import OpenSSL
internal import TLSFixtures

/// A client's and a server's engine with a wire between them.
final class EnginePair {
    let client: TLSEngine
    let server: TLSEngine
    /// How many bytes are handed over at once.
    var chunk = Int.max
    /// Changes what goes to the server.
    var tamper: (([UInt8]) -> [UInt8])?
    private(set) var clientFailure: TLSError?
    private(set) var serverFailure: TLSError?
    private(set) var clientText: [UInt8] = []
    private(set) var serverText: [UInt8] = []

    init(client: TLSEngine, server: TLSEngine) {
        self.client = client
        self.server = server
    }

    convenience init(
        server: TLSServerContext,
        client: TLSClientContext,
        name: String = "localhost"
    ) throws {
        self.init(
            client: try TLSEngine(client: client, serverName: name),
            server: try TLSEngine(server: server)
        )
    }

    /// Carries bytes until both sides have nothing to say.
    func carry() {
        self.client.start()
        while self.client.pendingBytes > 0 || self.server.pendingBytes > 0 {
            let up = Self.take(self.client)
            let sent = self.tamper.map { $0(up) } ?? up
            self.serverFailure =
                Self.give(sent, self.server, self.chunk, &self.serverText) ?? self.serverFailure
            let down = Self.take(self.server)
            self.clientFailure =
                Self.give(down, self.client, self.chunk, &self.clientText) ?? self.clientFailure
        }
    }

    static func take(_ engine: TLSEngine) -> [UInt8] {
        engine.takeCiphertext { Array($0) }
    }

    static func give(
        _ bytes: [UInt8],
        _ engine: TLSEngine,
        _ chunk: Int,
        _ text: inout [UInt8]
    ) -> TLSError? {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(chunk)
            rest = rest.dropFirst(chunk)
            var output = OutputBuffer()
            do {
                try piece.withUnsafeBytes { try engine.receive($0, into: &output) }
                text += output.bytes()
            } catch {
                text += output.bytes()
                return error as? TLSError
            }
        }
        return nil
    }

    static func write(_ text: [UInt8], to engine: TLSEngine) throws {
        try text.withUnsafeBytes { try engine.write($0) }
    }
}

/// Short ways to contexts.
enum Contexts {
    /// Keys that differ in their first byte.
    static func key(_ seed: UInt8) throws -> TicketKey {
        try TicketKey([UInt8](repeating: seed, count: TicketKey.byteCount))
    }

    static func identity(_ issued: Authority.Issued) -> TLSIdentity {
        TLSIdentity(chain: issued.certificate, key: issued.key)
    }

    static func server(
        _ identities: [Authority.Issued] = [Authority.local],
        clientAuthority: Authority? = nil,
        protocols: [String] = ["h2"],
        keys: TicketKeys? = nil
    ) throws -> TLSServerContext {
        var settings = TLSServerSettings(identities: identities.map(Self.identity))
        settings.clientAuthorities = clientAuthority?.root.certificate
        settings.applicationProtocols = protocols
        return try TLSServerContext(settings, ticketKeys: try keys ?? TicketKeys(Self.key(1)))
    }

    static func client(
        _ authority: Authority = .shared,
        identity: Authority.Issued? = nil
    ) throws -> TLSClientContext {
        try TLSClientContext(
            TLSClientSettings(
                roots: .pem(authority.root.certificate),
                identity: identity.map(Self.identity)
            )
        )
    }
}
