internal import Bytes
internal import Testing
internal import Transcoding

@Suite("Responses, refused")
struct ResponseRefusalTests {
    @Test(
        "what is cut off or not the wire format is refused, and nothing of it is left",
        arguments: [
            [0x08], [0x08, 0x80], [0x1A, 0x02, 0x61], [0x1A], [0x1A, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F],
            [0x00, 0x00], [0x06], [0x07, 0x01], [0x0C], [0x73], [0x73, 0x7C], [0x73, 0x08],
            [0x2A, 0x01, 0x08], [0x32, 0x01, 0x80], [0x79, 0, 0, 0], [0xC5, 0x3E, 0, 0],
            [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
            [0x80, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00], [0x42, 0x02, 0x0A, 0x05],
            [0x1A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F],
            [0x1A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        ] as [[UInt8]]
    )
    func malformed(bytes: [UInt8]) throws {
        #expect(try ResponseSample.json(.raw(bytes)) == nil)
        // Behind fields that were printed already, and within a message.
        #expect(try ResponseSample.json(.int(1, 1) + .raw(bytes)) == nil)
        #expect(try ResponseSample.json(.int(1, 1) + .int(1, 1) + .raw(bytes)) == nil)
        #expect(try ResponseSample.json(.message(7, .raw(bytes))) == nil)
    }

    @Test("ten bytes are the longest varint, whatever the last one holds")
    func longVarints() throws {
        let nine = [UInt8](repeating: 0xFF, count: 9)
        #expect(try ResponseSample.json(.raw([0x10] + nine + [0x01])) == #"{"intTwo":"-1"}"#)
        #expect(try ResponseSample.json(.raw([0x10] + nine + [0x7F])) == #"{"intTwo":"-1"}"#)
        #expect(try ResponseSample.json(.raw([0x88, 0x80, 0x00, 0x05])) == #"{"intOne":5}"#)
    }

    @Test("a verified string must be UTF-8, another one is repaired")
    func utf8() throws {
        #expect(try ResponseSample.json(.bytes(3, [0x61, 0xFF])) == nil)
        #expect(try ResponseSample.json(.bytes(22, [0xC3])) == nil)
        #expect(try ResponseSample.json(.message(8, .bytes(1, [0x80]))) == nil)
        #expect(
            try ResponseSample.json(.bytes(18, [0x61, 0xFF, 0x22])) == #"{"loose":"a\#u{FFFD}\""}"#
        )
    }

    @Test("nesting at the limit is printed, one level more is refused", arguments: [1, 2, 5, 100])
    func depth(limit: Int) throws {
        for (number, isGroup) in [(5, false), (7, false), (14, true), (9, false), (13, false)] {
            func nested(_ levels: Int) -> ResponseWire {
                (1..<levels).reduce(ResponseWire()) { inner, _ in
                    if isGroup { return .group(UInt64(number), inner) }
                    return .message(UInt64(number), number == 9 ? .message(2, inner) : inner)
                }
            }
            #expect(try ResponseSample.json(nested(limit), depth: limit) != nil)
            #expect(try ResponseSample.json(nested(limit + 1), depth: limit) == nil)
            let doubled = nested(limit) + nested(limit)
            #expect(try ResponseSample.json(doubled, depth: limit) != nil)
            #expect(try ResponseSample.json(doubled + nested(limit + 1), depth: limit) == nil)
        }
        #expect(try ResponseSample.json(.raw(Self.unknownGroups(101))) == nil)
        #expect(try ResponseSample.json(.raw(Self.unknownGroups(100))) == "{}")
    }

    private static func unknownGroups(_ count: Int) -> [UInt8] {
        let start = ResponseWire.varint(95 << 3 | 3)
        let end = ResponseWire.varint(95 << 3 | 4)
        return [[UInt8]](repeating: start, count: count).flatMap { $0 }
            + [[UInt8]](repeating: end, count: count).flatMap { $0 }
    }

    @Test("small messages may nest groups up to the limit, megabytes within many are refused")
    func groupWork() throws {
        let small = ResponseWire.raw([UInt8](repeating: 8, count: 20_000))
        let large = ResponseWire.raw([UInt8](repeating: 8, count: 1_000_000))
        let smallNested = (0..<99).reduce(small) { inner, _ in .group(14, inner) }
        let largeNested = (0..<99).reduce(large) { inner, _ in .group(14, inner) }
        let largeFlat = (0..<5).reduce(large) { inner, _ in .group(14, inner) }
        #expect(try ResponseSample.json(smallNested) != nil)
        #expect(try ResponseSample.json(largeFlat) != nil)
        #expect(try ResponseSample.json(largeNested) == nil)
    }

    @Test("an answer of exactly the limit is printed, one byte less of room refuses it")
    func outputLimit() throws {
        let wire = ResponseWire.text(3, "some text") + .int(1, 7)
        let length = try #require(try ResponseSample.json(wire)).utf8.count
        let type = try #require(ResponseSample.tables.message(named: "t.All"))
        let printer = ResponsePrinter(tables: ResponseSample.tables)
        for room in [length, length - 1, 0] {
            var output = OutputBuffer(limit: room)
            var isPrinted = false
            do throws(TranscodingError) {
                try wire.bytes.withUnsafeBufferPointer { bytes throws(TranscodingError) in
                    let message = UnsafeRawBufferPointer(bytes)
                    try printer.print(message, type: type, into: &output)
                }
                isPrinted = true
            } catch {
                #expect((output.isOverLimit, output.count) == (true, 0))
            }
            #expect(isPrinted == (room == length))
        }
    }

    @Test("random bytes and mutated messages never trap, and both ways through agree")
    func random() throws {
        var state: UInt64 = 0x5DEE_CE66_D123_4567
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let pieces: [ResponseWire] = [
            .int(1, 5), .int(2, -1), .text(3, "text"), .bytes(4, [1, 2, 3]),
            .message(5, .int(1, 1), .text(3, "é")), .bytes(6, [1, 2]), .int(6, 9),
            .message(7, .int(1, 1)), .message(8, .text(1, "k"), .int(2, 3)),
            .message(9, .int(1, 3), .message(2, .int(1, 1))), .int(10, 1), .int(11, 9), .int(11, 1),
            .text(12, "x"), .message(13, .int(1, 1)), .group(14, .int(1, 3)), .double(15, 1.5),
            .message(17, .int(1, 1_000_000), .int(2, 5)), .int(19, 1), .text(22, "y"),
            .message(21, .text(1, "a.b/t.All"), .bytes(2, [8, 1])), .int(50, 1), .int(300, 1),
        ]
        var printed = 0
        for round in 0..<6000 {
            var wire = ResponseWire()
            for _ in 0..<next(9) { wire = wire + pieces[next(pieces.count)] }
            if round % 3 == 1, !wire.bytes.isEmpty {
                wire.bytes[next(wire.bytes.count)] = UInt8(next(256))
            }
            if round % 3 == 2 {
                wire.bytes = (0..<next(40)).map { _ in UInt8(next(round % 2 == 0 ? 256 : 32)) }
            }
            let text = try ResponseSample.json(wire)
            // A singular field twice makes the printer index the message.
            let indexed = try ResponseSample.json(.int(23, 1) + .int(23, 1) + wire)
            #expect((text == nil) == (indexed == nil))
            guard let text, let indexed else { continue }
            printed += 1
            guard case .object(var one) = ResponseJSONValue(text.utf8),
                case .object(let other) = ResponseJSONValue(indexed.utf8)
            else {
                Issue.record("not an object: \(text) or \(indexed)")
                continue
            }
            if one["big"] == nil, wire.bytes.isEmpty || other["big"] == .string("1") {
                one["big"] = .string("1")
            }
            #expect(one == other)
        }
        #expect(printed > 2000)
    }
}
