internal import Bytes
internal import OpenSSL
internal import TLSFixtures
internal import Testing

@Suite("Records")
struct RecordTests {
    private func open(chunk: Int = Int.max) throws -> EnginePair {
        let pair = try EnginePair(server: Contexts.server(), client: Contexts.client())
        pair.chunk = chunk
        pair.carry()
        try #require(pair.client.session != nil && pair.server.session != nil)
        return pair
    }

    @Test("carry bytes both ways in any chunking", arguments: [Int.max, 1, 5, 16384, 20000])
    func bothWays(chunk: Int) throws {
        let pair = try self.open(chunk: chunk)
        var sent: [UInt8] = []
        for length in [1, 0, 100, 16384, 16385, 70000] {
            let text = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try EnginePair.write(text, to: pair.client)
            try EnginePair.write(text, to: pair.server)
            sent += text
        }
        pair.carry()
        #expect(pair.serverText == sent)
        #expect(pair.clientText == sent)
    }

    @Test("are decrypted into space of any size", arguments: [1, 3, 1000, 16384, 100_000])
    func smallSpace(size: Int) throws {
        let pair = try self.open()
        let text = (0..<40000).map { UInt8(truncatingIfNeeded: $0) }
        try EnginePair.write(text, to: pair.client)
        var rest = EnginePair.take(pair.client)[...]
        var found: [UInt8] = []
        var space = [UInt8](repeating: 0, count: size)
        var isFull = true
        while isFull || !rest.isEmpty {
            let receipt = space.withUnsafeMutableBytes { space in
                rest.withUnsafeBytes { pair.server.receive($0, into: space) }
            }
            try #require(receipt.failure == nil)
            rest = rest.dropFirst(receipt.consumed)
            found += space.prefix(receipt.produced)
            isFull = receipt.produced == size
        }
        #expect(found == text)
    }

    @Test("that exceed a buffer's limit end the connection")
    func limit() throws {
        let pair = try self.open()
        try EnginePair.write([UInt8](repeating: 1, count: 50000), to: pair.client)
        let bytes = EnginePair.take(pair.client)
        var output = OutputBuffer(limit: 40000)
        let error = #expect(throws: TLSError.self) {
            try bytes.withUnsafeBytes { try pair.server.receive($0, into: &output) }
        }
        #expect(error?.kind == .tooMuch)
        #expect(throws: TLSError.self) { try EnginePair.write([1], to: pair.server) }
    }

    @Test("that were changed, cut or repeated never give other bytes than were sent")
    func mutations() throws {
        var generator = SystemRandomNumberGenerator()
        for round in 0..<150 {
            let pair = try self.open()
            let text = (0..<3000).map { UInt8(truncatingIfNeeded: $0) }
            try EnginePair.write(text, to: pair.client)
            pair.tamper = { bytes in
                var bytes = bytes
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch round % 3 {
                case 0: bytes[place] ^= UInt8.random(in: 1...255, using: &generator)
                case 1: bytes.removeSubrange(place...)
                default: bytes.insert(contentsOf: bytes, at: place)
                }
                return bytes
            }
            pair.carry()
            #expect(text.starts(with: pair.serverText))
            if let failure = pair.serverFailure { #expect(failure.text.hasPrefix("TLS: ")) }
        }
    }

    @Test("of a handshake may be changed anywhere without harm")
    func handshakeMutations() throws {
        var generator = SystemRandomNumberGenerator()
        let server = try Contexts.server(clientAuthority: .shared)
        let client = try Contexts.client(identity: Authority.client)
        for _ in 0..<150 {
            let pair = try EnginePair(server: server, client: client)
            pair.tamper = { bytes in
                var bytes = bytes
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                bytes[place] ^= UInt8.random(in: 1...255, using: &generator)
                return bytes
            }
            pair.carry()
            if pair.server.session != nil { #expect(pair.serverFailure == nil) }
        }
    }

    @Test("may not be written before the handshake is over")
    func early() throws {
        let engine = try TLSEngine(server: Contexts.server())
        let error = #expect(throws: TLSError.self) { try EnginePair.write([1], to: engine) }
        #expect(error?.kind == .misuse)
        #expect(engine.failure == nil)
    }
}
