internal import Foundation
internal import OpenSSL
internal import TLSFixtures
internal import Testing

@Suite("Memory", .serialized)
struct MemoryTests {
    /// Whether no other test runs beside these, which look at the memory of the whole process.
    private static let isAlone = ProcessInfo.processInfo.environment["TRANSOM_ALONE"] == "1"

    /// Bytes of memory the whole process holds.
    private func resident() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = try #require(Int(text.split(separator: " ")[1]))
        return pages * 4096
    }

    @Test(
        "of an idle connection stays under 40 KiB",
        .enabled(if: isAlone, "make unit runs it by itself"),
        arguments: [false, true]
    )
    func idle(isMutual: Bool) throws {
        let server = try Contexts.server(clientAuthority: isMutual ? .shared : nil)
        let client = try Contexts.client(identity: isMutual ? Authority.client : nil)
        var engines: [TLSEngine] = []
        let count = 1000
        // What is allocated once is there before it is counted.
        for _ in 0..<20 { try EnginePair(server: server, client: client).carry() }
        let before = try self.resident()
        for _ in 0..<count {
            let pair = try EnginePair(server: server, client: client)
            pair.carry()
            try EnginePair.write([UInt8](repeating: 1, count: 20000), to: pair.client)
            try EnginePair.write([UInt8](repeating: 1, count: 20000), to: pair.server)
            pair.carry()
            try #require(pair.serverText.count == 20000 && pair.clientText.count == 20000)
            engines.append(pair.server)
        }
        let each = try (self.resident() - before) / count
        print("an idle TLS connection (mutual: \(isMutual)) holds \(each) bytes")
        #expect(each < 40960)
        engines = []
        // A thousand more find the room that these have left.
        for _ in 0..<count { try EnginePair(server: server, client: client).carry() }
        let left = try (self.resident() - before) / count - each
        #expect(left < 8192)
    }

    @Test("of a partial record is given back when the record is complete")
    func partialRecord() throws {
        let pair = try EnginePair(server: Contexts.server(), client: Contexts.client())
        pair.carry()
        try EnginePair.write([UInt8](repeating: 1, count: 16000), to: pair.client)
        let record = EnginePair.take(pair.client)
        var text: [UInt8] = []
        #expect(EnginePair.give(Array(record.dropLast()), pair.server, .max, &text) == nil)
        #expect(text.isEmpty)
        #expect(EnginePair.give([record[record.count - 1]], pair.server, .max, &text) == nil)
        #expect(text.count == 16000)
    }
}
