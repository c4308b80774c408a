internal import NIOCore
internal import NIOEmbedded
internal import Testing

@testable internal import FrontDoor

private let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
private let signature: [UInt8] = [
    0x0D, 0x0A, 0x0D, 0x0A, 0, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
]

/// A version 2 header.
private func binary(
    command: UInt8 = 1,
    family: UInt8,
    _ addresses: [UInt8],
    tlvs: [UInt8] = []
) -> [UInt8] {
    let length = addresses.count + tlvs.count
    let head = [0x20 | command, family, UInt8(length >> 8), UInt8(length & 0xFF)]
    return signature + head + addresses + tlvs
}

private let ipv4: [UInt8] = [203, 0, 113, 9, 127, 0, 0, 1, 0xDC, 0x04, 0x1F, 0x90]
private let ipv6: [UInt8] =
    [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [1]
    + Array(repeating: 0, count: 15) + [1] + [0xDC, 0x04, 0x1F, 0x90]

@Suite("A connection that begins with a PROXY protocol header")
struct ProxyProtocolHandlerTests {
    static let headers: [(header: [UInt8], client: String)] = [
        (Array("PROXY TCP4 203.0.113.9 127.0.0.1 56324 8080\r\n".utf8), "203.0.113.9"),
        (Array("PROXY TCP6 2001:db8::1 ::1 56324 8080\r\n".utf8), "2001:db8::1"),
        (Array("PROXY UNKNOWN\r\n".utf8), "127.0.0.1"),
        (Array("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".utf8), "127.0.0.1"),
        (binary(family: 0x11, ipv4), "203.0.113.9"),
        (binary(family: 0x21, ipv6), "2001:db8::1"),
        (binary(family: 0x31, Array(repeating: 0x61, count: 216)), ""),
        (binary(family: 0x00, []), "127.0.0.1"),
        (binary(command: 0, family: 0x00, []), "127.0.0.1"),
        (binary(command: 0, family: 0x11, ipv4), "127.0.0.1"),
        (binary(family: 0x11, ipv4, tlvs: [0x05, 0, 3, 1, 2, 3]), "203.0.113.9"),
        (binary(family: 0x11, ipv4, tlvs: Array(repeating: 1, count: 4084)), "203.0.113.9"),
    ]

    /// A connection behind the handler; its receiver answers at once.
    private func wire(limits: ConnectionLimits = ConnectionLimits()) throws -> Wire {
        let wire = try Wire(TestReceiver(.atEnd), limits: limits)
        try wire.channel.pipeline.syncOperations.addHandler(
            ProxyProtocolHandler(wire.connection),
            position: .first
        )
        return wire
    }

    private func hasHandler(_ wire: Wire) -> Bool {
        (try? wire.channel.pipeline.syncOperations.handler(type: ProxyProtocolHandler.self)) != nil
    }

    private func client(_ wire: Wire) -> String {
        String(decoding: wire.connection.clientAddress, as: UTF8.self)
    }

    @Test("a whole header names the client, and leaves", arguments: Self.headers)
    func whole(header: [UInt8], client: String) throws {
        let wire = try self.wire()
        wire.connection.clientAddress = Array("127.0.0.1".utf8)
        try wire.send(header)
        #expect(self.client(wire) == client)
        #expect(wire.connection.isUnixPeer == client.isEmpty)
        #expect(!self.hasHandler(wire))
        try wire.send(get)
        try wire.send(get)
        #expect(try wire.statuses() == ["200", "200"])
        #expect(wire.isOpen)
        #expect(wire.table.counters == ConnectionCounters())
    }

    @Test("a header glued to requests names the client of all of them", arguments: Self.headers)
    func glued(header: [UInt8], client: String) throws {
        let wire = try self.wire()
        wire.connection.clientAddress = Array("127.0.0.1".utf8)
        try wire.send(header + Array((get + get).utf8))
        #expect(try wire.statuses() == ["200", "200"])
        #expect(
            wire.receiver.exchanges.map(\.clientAddress) == [
                Array(client.utf8), Array(client.utf8),
            ]
        )
        #expect(!self.hasHandler(wire))
    }

    @Test("a header byte by byte is the same, and its request too", arguments: Self.headers)
    func bytes(header: [UInt8], client: String) throws {
        let wire = try self.wire()
        wire.connection.clientAddress = Array("127.0.0.1".utf8)
        for byte in header + Array(get.utf8) { try wire.send([byte]) }
        #expect(try wire.statuses() == ["200"])
        #expect(self.client(wire) == client)
    }

    @Test(
        "what begins with anything else is closed without an answer, and counted",
        arguments: [
            Array(get.utf8),
            Array("PROXY TCP4 1.2.3.4\r\n".utf8),
            Array("PROXY TCP4 2001:db8::1 ::1 1 2\r\n".utf8),
            Array(("PROXY UNKNOWN" + String(repeating: "x", count: 120)).utf8),
            [0x16, 0x03, 0x01, 0x02, 0x00],
            signature + [0x31],
            signature + [0x21, 0x12],
            binary(family: 0x11, Array(ipv4.dropLast())),
            binary(family: 0x11, ipv4, tlvs: Array(repeating: 1, count: 4085)),
        ]
    )
    func refused(bytes: [UInt8]) throws {
        for isCut in [false, true] {
            let wire = try self.wire()
            wire.connection.isHandshaking = true
            if isCut {
                for byte in bytes { try wire.send([byte]) }
            } else {
                try wire.send(bytes + Array(get.utf8))
            }
            #expect(wire.isClosed)
            #expect(try wire.received().isEmpty)
            #expect(wire.receiver.heads.isEmpty)
            #expect(wire.table.counters.proxyHeaders == 1)
            #expect(!wire.connection.isHandshaking)
        }
    }

    @Test("a header has the time that a first request has", arguments: [0, 20])
    func time(sent: Int) throws {
        let wire = try self.wire()
        try wire.send(Array(Self.headers[0].header.prefix(sent)))
        wire.sweep(10)
        #expect(wire.isOpen)
        try wire.send(Array(Self.headers[0].header[sent..<(sent + 1)]))
        wire.sweep(1)
        #expect(wire.isClosed)
        #expect(try wire.received().isEmpty)
        #expect(wire.table.counters.silentConnections == 1)
    }

    @Test("a second header is no request")
    func second() throws {
        let wire = try self.wire()
        try wire.send(Self.headers[0].header)
        try wire.send(Self.headers[0].header)
        #expect(try wire.statuses() == ["400!"])
    }
}
