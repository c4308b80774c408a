internal import Foundation
internal import NIOCore
internal import OpenSSL
internal import TLSFixtures
internal import Testing

@testable internal import FrontDoor

@Suite("the TLS of a listener, against the openssl command")
struct ListenerTLSTests {
    private static let request = "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"

    private static func settings(_ issued: Authority.Issued) -> ListenerTLSSettings {
        ListenerTLSSettings(
            identities: [.init(chain: issued.certificate, key: issued.key)]
        )
    }

    private static func key(_ byte: UInt8) throws -> TicketKey {
        try TicketKey([UInt8](repeating: byte, count: TicketKey.byteCount))
    }

    private func serve(
        _ body: (ListenerTLS, Int, TestServer) async throws -> Void
    ) async throws {
        let server = try TestServer(loops: 2)
        let tls = try await ListenerTLS.make(
            Self.settings(Authority.local),
            ticketKeys: TicketKeys(try Self.key(1)),
            loops: server.tables.map(\.eventLoop)
        )
        let listener = try await Listener.bind(
            ListenerSettings(.host("127.0.0.1", port: 0)),
            tables: server.tables,
            traits: ListenerTraits(tls: tls)
        )
        try await body(tls, listener.address.port, server)
        try await server.stop(listener)
    }

    private func ask(_ port: Int, _ arguments: String...) throws -> String {
        let outcome = try Command.openssl(
            ["s_client", "-connect", "127.0.0.1:\(port)", "-ign_eof"] + arguments,
            input: Self.request
        )
        return outcome.text
    }

    @Test("a renewal is for new connections, on all loops; one that fails changes nothing")
    func renewal() async throws {
        try await self.serve { tls, port, _ in
            #expect(try self.ask(port).contains("subject=CN = localhost\n"))
            var broken = Self.settings(Authority.exact)
            broken.identities[0].key = Authority.local.key
            await #expect(throws: TLSError.self) { try await tls.prepare(broken) }
            let renewal = try await tls.prepare(Self.settings(Authority.exact))
            for _ in 0..<4 { #expect(try self.ask(port).contains("subject=CN = localhost\n")) }
            await renewal.install()
            for _ in 0..<4 { #expect(try self.ask(port).contains("subject=CN = exact\n")) }
        }
    }

    @Test("the time of a handshake is renewed too")
    func time() async throws {
        try await self.serve { tls, port, _ in
            var settings = Self.settings(Authority.local)
            settings.handshakeSeconds = 1
            try await tls.prepare(settings).install()
            for _ in 0..<4 {
                let silent = try TestClient(port: port)
                // A client waits five seconds at most; the listener began with ten.
                #expect(try silent.receiveAll() == "")
            }
        }
    }

    @Test("tickets outlive one rotation of the keys on any loop, and a renewal, but no second one")
    func rotation() async throws {
        try await self.serve { tls, port, server in
            let kept = NSTemporaryDirectory() + "transom-session-\(UUID().uuidString)"
            defer { try? FileManager.default.removeItem(atPath: kept) }
            let first = try self.ask(port, "-tls1_2", "-sess_out", kept)
            #expect(first.contains("New, TLSv1.2") && first.contains("HTTP/1.1 200"))
            var keys = TicketKeys(try Self.key(1))
            keys.rotate(to: try Self.key(2))
            tls.use(keys)
            try await tls.prepare(Self.settings(Authority.local)).install()
            for _ in 0..<6 {
                #expect(try self.ask(port, "-tls1_2", "-sess_in", kept).contains("Reused, TLSv1.2"))
            }
            keys.rotate(to: try Self.key(3))
            tls.use(keys)
            for table in server.tables { try await table.eventLoop.submit {}.get() }
            #expect(try self.ask(port, "-tls1_2", "-sess_in", kept).contains("New, TLSv1.2"))
        }
    }
}
