internal import Bytes
internal import HTTPMessages
internal import Testing

@Suite("Opening a WebSocket")
struct WebSocketHandshakeTests {
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private static let lines = [
        "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Key: \(key)",
        "Sec-WebSocket-Version: 13",
    ]

    private func outcome(
        _ lines: [String] = lines,
        start: String = "GET /chat HTTP/1.1"
    ) throws -> String {
        let text = ([start, "Host: example.com"] + lines).joined(separator: "\r\n") + "\r\n\r\n"
        let head = RequestHead()
        var parser = HeadParser()
        let progress = Array(text.utf8).withUnsafeBytes { parser.parse($0, into: head) }
        guard case .complete = progress else { return "\(progress)" }
        switch WebSocketHandshake.check(head) {
        case .accept(let offer):
            let name = offer.subprotocol.map { "\($0.name)" } ?? "none"
            return "accept \(HTTPMessagesTests.text(offer.key)) \(name)"
        case .notAnUpgrade: return "no upgrade"
        case .refused(let refusal): return "\(refusal.status) \(refusal.reason)"
        }
    }

    /// The lines with another one in place of the one of that name, or with more.
    private func outcome(with line: String, start: String = "GET /chat HTTP/1.1") throws -> String {
        let name = line.prefix { $0 != ":" }
        return try self.outcome(Self.lines.filter { !$0.hasPrefix(name) } + [line], start: start)
    }

    @Test("the example of RFC 6455, 1.3")
    func example() throws {
        #expect(try self.outcome() == "accept \(Self.key) none")
        var material = OutputBuffer()
        Array(Self.key.utf8).withUnsafeBytes {
            WebSocketHandshake.appendKeyMaterial($0, into: &material)
        }
        let expected = "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        #expect(material.bytes() == Array(expected.utf8))
        let digest: [UInt8] = [
            0xB3, 0x7A, 0x4F, 0x2C, 0xC0, 0x62, 0x4F, 0x16, 0x90, 0xF6, 0x46, 0x06, 0xCF, 0x38,
            0x59, 0x45, 0xB2, 0xBE, 0xC4, 0xEA,
        ]
        var head = OutputBuffer()
        digest.withUnsafeBytes {
            WebSocketHandshake.writeHead(digest: $0, subprotocol: .json, into: &head)
        }
        #expect(
            String(decoding: head.bytes(), as: UTF8.self) == """
                HTTP/1.1 101 Switching Protocols\r
                upgrade: websocket\r
                connection: upgrade\r
                sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
                sec-websocket-protocol: transom.v1.json\r

                """
        )
    }

    @Test("no subprotocol is named where none was agreed on")
    func plainHead() {
        var head = OutputBuffer()
        [UInt8](repeating: 0, count: 20).withUnsafeBytes {
            WebSocketHandshake.writeHead(digest: $0, subprotocol: nil, into: &head)
        }
        #expect(!String(decoding: head.bytes(), as: UTF8.self).contains("protocol"))
    }

    @Test("a 426 says what would do")
    func version() {
        var head = OutputBuffer()
        WebSocketHandshake.appendVersionFields(into: &head)
        #expect(
            String(decoding: head.bytes(), as: UTF8.self)
                == "upgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n"
        )
    }

    @Test(
        "tokens are found in lists and in any case",
        arguments: [
            "Upgrade: WebSocket", "Upgrade: h2c, websocket", "Connection: keep-alive, Upgrade",
            "Connection: UPGRADE", "Content-Length: 0",
            "Sec-WebSocket-Extensions: permessage-deflate",
        ]
    )
    func tokens(line: String) throws {
        #expect(try self.outcome(with: line) == "accept \(Self.key) none")
    }

    @Test(
        "what does not ask for a WebSocket is an ordinary request",
        arguments: ["Upgrade: h2c", "Upgrade: websockets", "Upgrade: websocket/13", "Upgrade:"]
    )
    func ordinary(line: String) throws {
        #expect(try self.outcome(with: line) == "no upgrade")
        #expect(try self.outcome([]) == "no upgrade")
        #expect(try self.outcome(start: "GET / HTTP/1.0") == "no upgrade")
    }

    @Test(
        "a handshake with a fault is refused",
        arguments: [
            ("Connection: keep-alive", "400 expected 'upgrade' in Connection to open a WebSocket"),
            ("Sec-WebSocket-Version: 12", "426 expected Sec-WebSocket-Version 13"),
            ("Sec-WebSocket-Version: 13, 8", "426 expected Sec-WebSocket-Version 13"),
            ("Sec-WebSocket-Version: 013", "426 expected Sec-WebSocket-Version 13"),
            ("Sec-WebSocket-Version:", "426 expected Sec-WebSocket-Version 13"),
            ("Content-Length: 1", "400 expected no body in a request to open a WebSocket"),
            ("Transfer-Encoding: chunked", "400 expected no body in a request to open a WebSocket"),
        ]
    )
    func refused(line: String, expected: String) throws {
        #expect(try self.outcome(with: line) == expected)
    }

    @Test(
        "a key is 16 bytes in base64",
        arguments: [
            "", "x", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=",
            "dGhlIHNhbXBsZSBub25jZQ===",
            "dGhlIHNhbXBsZSBub25j", "dGhlIHNhbXBsZSBub25jZWE=", "dGhlIHNhbXBsZSBub25jZ===",
            "dGhl-HNhbXBsZSBub25jZQ==", "dGhl_HNhbXBsZSBub25jZQ==", "dGhl HNhbXBsZSBub25jZQ==",
        ]
    )
    func keys(key: String) throws {
        let expected = "400 expected one Sec-WebSocket-Key with 16 bytes in base64"
        #expect(try self.outcome(with: "Sec-WebSocket-Key: \(key)") == expected)
    }

    @Test("what must be there once is there once")
    func once() throws {
        let key = "400 expected one Sec-WebSocket-Key with 16 bytes in base64"
        #expect(try self.outcome(Self.lines.filter { !$0.contains("Key") }) == key)
        #expect(try self.outcome(Self.lines + ["Sec-WebSocket-Key: \(Self.key)"]) == key)
        let version = "400 expected one Sec-WebSocket-Version, found two"
        #expect(try self.outcome(Self.lines + ["Sec-WebSocket-Version: 13"]) == version)
        let missing = "426 expected Sec-WebSocket-Version 13"
        #expect(try self.outcome(Self.lines.filter { !$0.contains("Version") }) == missing)
    }

    @Test("only GET opens a WebSocket", arguments: ["POST", "HEAD", "CONNECTED", "OPTIONS"])
    func methods(method: String) throws {
        let expected = "400 expected GET to open a WebSocket"
        #expect(try self.outcome(start: "\(method) /chat HTTP/1.1") == expected)
    }

    @Test(
        "the first subprotocol offered that is known is taken",
        arguments: [
            (["transom.v1.json"], "transom.v1.json"),
            (["transom.v1.proto, transom.v1.json"], "transom.v1.proto"),
            (["graphql-ws, transom.v1.json"], "transom.v1.json"),
            (["a,,transom.v1.proto"], "transom.v1.proto"),
            (["other", "transom.v1.json"], "transom.v1.json"),
            (["other"], "none"), (["Transom.V1.JSON"], "none"), ([""], "none"),
        ]
    )
    func subprotocols(offers: [String], expected: String) throws {
        let lines = Self.lines + offers.map { "Sec-WebSocket-Protocol: \($0)" }
        #expect(try self.outcome(lines) == "accept \(Self.key) \(expected)")
    }
}
