internal import Foundation
internal import NIOCore
internal import NIOPosix
internal import OpenSSL
internal import TLSChannel
internal import TLSFixtures
internal import Testing

@Suite("The openssl command as a backend", .serialized)
struct OpenSSLServerTests {
    /// What a connection came to.
    private enum Outcome: Sendable {
        case open(TLSHandshakeCompleted)
        case failed(TLSError)
    }

    private final class Waiter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var promise: EventLoopPromise<Outcome>?

        init(_ promise: EventLoopPromise<Outcome>) {
            self.promise = promise
        }

        private func end(_ outcome: Outcome) {
            self.promise?.succeed(outcome)
            self.promise = nil
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if let completed = event as? TLSHandshakeCompleted { self.end(.open(completed)) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            let text = TLSError(kind: .misuse, text: "\(error)")
            self.end(.failed(error as? TLSError ?? text))
        }

        func channelInactive(context: ChannelHandlerContext) {
            self.end(.failed(TLSError(kind: .truncated, text: "closed")))
        }
    }

    /// A running s_server.
    private final class Backend {
        let port: Int
        private let process = Process()
        private let input = Pipe()
        private let output: Pipe

        init(_ issued: Authority.Issued, _ arguments: [String]) throws {
            let output = Pipe()
            self.process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            self.process.arguments =
                ["openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "4"]
                + ["-cert", issued.certificatePath, "-key", issued.keyPath] + arguments
            self.process.standardOutput = output
            self.process.standardInput = self.input
            self.process.standardError = FileHandle.nullDevice
            try self.process.run()
            var text = ""
            var port: Int?
            while port == nil {
                let data = output.fileHandleForReading.availableData
                guard !data.isEmpty else { break }
                text += String(decoding: data, as: UTF8.self)
                for line in text.split(separator: "\n").dropLast(text.hasSuffix("\n") ? 0 : 1)
                where line.hasPrefix("ACCEPT ") {
                    port = Int(line.split(separator: ":").last ?? "")
                }
            }
            self.port = try #require(port, "\(text)")
            // What it says of a few connections fits in the pipe.
            self.output = output
        }

        func stop() {
            // Swift's threads block SIGTERM, and so does what they start.
            kill(self.process.processIdentifier, SIGKILL)
        }
    }

    /// Connects `count` times, one after the other, with one context.
    private func connect(
        to backend: Backend,
        name: String = "localhost",
        count: Int = 1,
        _ make: @escaping @Sendable () throws -> TLSClientSource
    ) async throws -> [Outcome] {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let source = try await loop.submit { NIOLoopBound(try make(), eventLoop: loop) }.get()
        var outcomes: [Outcome] = []
        for _ in 0..<count {
            let promise = loop.makePromise(of: Outcome.self)
            let channel = try await ClientBootstrap(group: loop)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        try pipeline.addHandler(source.value.makeHandler(serverName: name))
                        try pipeline.addHandler(Waiter(promise))
                    }
                }
                .connect(host: "127.0.0.1", port: backend.port).get()
            outcomes.append(try await promise.futureResult.get())
            // s_server says something on its own only when asked, so tickets come with the
            // handshake; in TLS 1.3 they come right after it.
            try await loop.scheduleTask(in: .milliseconds(50)) {}.futureResult.get()
            try? await channel.close()
        }
        try await group.shutdownGracefully()
        return outcomes
    }

    private func kind(_ outcome: Outcome?) -> TLSError.Kind? {
        if case .failed(let error)? = outcome { error.kind } else { nil }
    }

    @Test("is spoken to in both versions, and its session resumed", arguments: ["1_2", "1_3"])
    func versions(version: String) async throws {
        let backend = try Backend(Authority.local, ["-alpn", "h2", "-tls\(version)"])
        defer { backend.stop() }
        let outcomes = try await self.connect(to: backend, count: 3) { try Sources.client() }
        let resumed = outcomes.map { outcome -> Bool? in
            guard case .open(let completed) = outcome else { return nil }
            #expect(completed.session.applicationProtocol == "h2")
            #expect(completed.session.version == (version == "1_2" ? .tls12 : .tls13))
            return completed.session.isResumed
        }
        #expect(resumed == [false, true, true])
    }

    @Test("gets a client certificate when it wants one")
    func mutual() async throws {
        let backend = try Backend(
            Authority.local,
            ["-alpn", "h2", "-Verify", "2", "-verify_return_error", "-tls1_2"]
                + ["-CAfile", Authority.shared.root.certificatePath]
        )
        defer { backend.stop() }
        let good = try await self.connect(to: backend) {
            try Sources.client(identity: Authority.client)
        }
        #expect(self.kind(good.first) == nil)
        let none = try await self.connect(to: backend) { try Sources.client() }
        #expect(self.kind(none.first) == .peerAlert)
    }

    @Test("is refused with the reason")
    func refused() async throws {
        let cases: [(Authority.Issued, [String], TLSError.Kind)] = [
            (Authority.local, [], .noApplicationProtocol),
            (Authority.local, ["-alpn", "http/1.1"], .noApplicationProtocol),
            (Authority.foreign, ["-alpn", "h2"], .unknownAuthority),
            (Authority.wildcard, ["-alpn", "h2"], .nameMismatch),
            (Authority.expired, ["-alpn", "h2"], .certificateExpired),
            (Authority.local, ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], .wrongVersion),
        ]
        for (issued, arguments, kind) in cases {
            let backend = try Backend(issued, arguments)
            let outcomes = try await self.connect(to: backend) { try Sources.client() }
            backend.stop()
            #expect(self.kind(outcomes.first) == kind, "\(outcomes)")
        }
    }
}
