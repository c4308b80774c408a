internal import Bytes
internal import GRPC
internal import Testing

@Suite("Message frames")
struct MessageDeframerTests {
    static func frame(_ message: [UInt8], flag: UInt8 = 0) -> [UInt8] {
        let count = UInt32(message.count)
        return [
            flag, UInt8(count >> 24), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255),
            UInt8(count & 255),
        ] + message
    }

    /// All messages of `bytes`, fed in pieces of the given sizes (the last one repeated).
    static func messages(
        _ bytes: [UInt8],
        sizes: [Int],
        limit: Int = 1 << 20,
        acceptsCompressed: Bool = false
    ) -> (messages: [[UInt8]], failure: Failure?, isInside: Bool) {
        var deframer = MessageDeframer(limit: limit, acceptsCompressed: acceptsCompressed)
        var messages: [[UInt8]] = []
        var start = 0
        var turn = 0
        while start < bytes.count {
            let size = max(1, sizes[min(turn, sizes.count - 1)])
            let end = min(bytes.count, start + size)
            do {
                try Array(bytes[start..<end]).withUnsafeBytes { chunk in
                    var rest = chunk
                    while let message = try deframer.next(&rest) {
                        messages.append(Array(message.bytes))
                    }
                    #expect(rest.isEmpty)
                }
            } catch {
                return (messages, error as? Failure, deframer.isInsideMessage)
            }
            start = end
            turn += 1
        }
        return (messages, nil, deframer.isInsideMessage)
    }

    static let sample: [[UInt8]] = [
        [], [1], Array(repeating: 2, count: 300), [], Array(0...255),
        Array(repeating: 9, count: 70_000),
        [3, 4],
    ]

    @Test(
        "messages are the same whole, glued, byte by byte",
        arguments: [1, 2, 3, 4, 5, 6, 7, 16384, 1 << 20]
    )
    func chunked(size: Int) {
        let bytes = Self.sample.flatMap { Self.frame($0) }
        let result = Self.messages(bytes, sizes: [size])
        #expect(result.messages == Self.sample && result.failure == nil && !result.isInside)
    }

    @Test("messages are the same in random pieces", arguments: 0..<50)
    func random(seed: Int) {
        var dice = Dice(state: UInt64(seed))
        let messages = (0..<20).map { _ in
            (0..<Int(dice.next() % 400)).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
        }
        let bytes = messages.flatMap { Self.frame($0) }
        let sizes = bytes.map { _ in Int(dice.next() % 90) }
        #expect(Self.messages(bytes, sizes: sizes).messages == messages)
    }

    @Test("a whole message is handed out where it lies")
    func inPlace() throws {
        let bytes = Self.frame([1, 2, 3]) + Self.frame([4])
        var deframer = MessageDeframer(limit: 10)
        try bytes.withUnsafeBytes { chunk in
            var rest = chunk
            let first = try #require(try deframer.next(&rest))
            #expect(first.bytes.baseAddress == chunk.baseAddress?.advanced(by: 5))
            let second = try #require(try deframer.next(&rest))
            #expect(second.bytes.baseAddress == chunk.baseAddress?.advanced(by: 13))
            let third = try deframer.next(&rest)
            #expect(third == nil)
        }
        let gathered = deframer.gatheredBytes
        #expect(gathered == 0)
    }

    @Test("the limit: at, one below, one above", arguments: [9, 10, 11], [1, 100])
    func limit(count: Int, size: Int) {
        let bytes = Self.frame(Array(repeating: 1, count: count))
        let result = Self.messages(bytes, sizes: [size], limit: 10)
        if count <= 10 {
            #expect(result.messages.count == 1 && result.failure == nil)
        } else {
            #expect(result.failure?.code == .resourceExhausted)
            #expect(
                result.failure?.message == "a message of 11 bytes is over the limit of 10 bytes"
            )
        }
    }

    @Test("an announced length costs no memory before its bytes come")
    func announced() throws {
        var deframer = MessageDeframer(limit: .max)
        let prefix: [UInt8] = [0, 255, 255, 255, 255, 1]
        try prefix.withUnsafeBytes { chunk in
            var rest = chunk
            let message = try deframer.next(&rest)
            #expect(message == nil)
        }
        let before = (deframer.gatheredBytes, deframer.isInsideMessage)
        #expect(before == (1, true))
        deframer.reset()
        let after = (deframer.gatheredBytes, deframer.isInsideMessage)
        #expect(after == (0, false))
    }

    @Test("the flag is 0, or 1 with a known encoding", arguments: [0, 1, 2, 128, 255] as [UInt8])
    func flags(flag: UInt8) {
        let bytes = Self.frame([1], flag: flag)
        let plain = Self.messages(bytes, sizes: [100])
        #expect(plain.failure?.code == (flag == 0 ? nil : .internal))
        let encoded = Self.messages(bytes, sizes: [1], acceptsCompressed: true)
        #expect(encoded.failure?.code == (flag <= 1 ? nil : .internal))
    }

    @Test("a body that ends within a message is seen", arguments: 1..<8)
    func cut(count: Int) {
        let bytes = Self.frame([1, 2, 3])
        #expect(Self.messages(Array(bytes.prefix(count)), sizes: [100]).isInside)
        #expect(!Self.messages(bytes, sizes: [100]).isInside)
    }

    @Test("a reserved prefix is filled with what follows it", arguments: [0, 1, 255, 256, 70_000])
    func prefix(count: Int) {
        let message = [UInt8](repeating: 7, count: count)
        var output = OutputBuffer()
        output.append(UInt8(0xEE))
        let offset = MessagePrefix.reserve(in: &output)
        output.append(message)
        MessagePrefix.fill(in: &output, at: offset)
        #expect(output.bytes() == [0xEE] + Self.frame(message))
        MessagePrefix.fill(in: &output, at: offset, isCompressed: true)
        #expect(output.bytes() == [0xEE] + Self.frame(message, flag: 1))
    }

    @Test("a buffer over its limit is left as it is")
    func overLimit() {
        var output = OutputBuffer(limit: 6)
        let offset = MessagePrefix.reserve(in: &output)
        output.append([1, 2, 3])
        MessagePrefix.fill(in: &output, at: offset)
        #expect(output.bytes() == [0, 0, 0, 0, 0])
        var tiny = OutputBuffer(limit: 3)
        MessagePrefix.fill(in: &tiny, at: MessagePrefix.reserve(in: &tiny))
        #expect(tiny.bytes() == [])
    }
}
