internal import Bytes
internal import Testing

@Suite("OutputBuffer")
struct OutputBufferTests {
    @Test("what is appended comes out in order, over every growth")
    func growth() {
        var buffer = OutputBuffer(capacity: 0)
        var expected: [UInt8] = []
        for step in 0..<2000 {
            let byte = UInt8(truncatingIfNeeded: step)
            buffer.append(byte)
            expected.append(byte)
            let run = [UInt8](repeating: byte ^ 0x55, count: step % 7)
            buffer.append(run)
            expected += run
        }
        #expect(buffer.bytes() == expected)
        #expect(buffer.count == expected.count)
        #expect(buffer.isOverLimit == false)
    }

    @Test("all forms of text are appended as their UTF-8")
    func texts() {
        var buffer = OutputBuffer()
        buffer.append("static é")
        buffer.append("")
        buffer.append(utf8: "string \u{1F600}")
        buffer.append(utf8: "")
        buffer.append([])
        buffer.append(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(buffer.bytes() == Array("static éstring \u{1F600}".utf8))
    }

    @Test("appending reaches the limit and not a byte more", arguments: 0...12)
    func limit(size: Int) {
        let bytes = [UInt8](repeating: 7, count: size)
        var whole = OutputBuffer(capacity: 4, headroom: 3, limit: 10)
        whole.append(bytes)
        #expect(whole.count == (size <= 10 ? size : 0))
        #expect(whole.isOverLimit == (size > 10))
        var single = OutputBuffer(capacity: 4, headroom: 3, limit: 10)
        for byte in bytes { single.append(byte) }
        #expect(single.count == min(size, 10))
        #expect(single.isOverLimit == (size > 10))
        var raw = OutputBuffer(capacity: 4, headroom: 3, limit: 10)
        raw.append(maximum: size) { _ in 0 }
        #expect(raw.isOverLimit == (size > 10))
    }

    @Test("a limit in the way of memory already there still holds")
    func limitBelowCapacity() {
        var buffer = OutputBuffer(capacity: 4096, limit: 3)
        buffer.append("abc")
        #expect(buffer.isOverLimit == false)
        buffer.append("")
        #expect(buffer.isOverLimit == false)
        buffer.append("d")
        #expect(buffer.isOverLimit == true)
        #expect(buffer.bytes() == Array("abc".utf8))
    }

    @Test("limits of zero, below zero and below the content drop all", arguments: [0, -1, Int.min])
    func smallLimits(limit: Int) {
        var buffer = OutputBuffer()
        buffer.append("abc")
        buffer.limit = limit
        buffer.append("")
        #expect(buffer.isOverLimit == false)
        buffer.append("d")
        #expect(buffer.isOverLimit == true)
        #expect(buffer.bytes() == Array("abc".utf8))
    }

    @Test(
        "a size near the end of the integers is dropped, not wrapped",
        arguments: [Int.max, .max - 1]
    )
    func hugeSizes(size: Int) {
        var limited = OutputBuffer(headroom: 8, limit: 1000)
        limited.append(maximum: size) { _ in 0 }
        #expect(limited.isOverLimit == true)
        var open = OutputBuffer(headroom: 8)
        open.append("x")
        open.append(maximum: size) { _ in 0 }
        #expect(open.isOverLimit == true)
        #expect(open.bytes() == Array("x".utf8))
    }

    @Test("over the limit, marks made before are not written to")
    func overwriteOverLimit() {
        var buffer = OutputBuffer(limit: 4)
        buffer.append("ab")
        let mark = buffer.count
        buffer.append("too much")
        let opened = buffer.insertGap(of: 4, at: mark)
        #expect(opened == false)
        [UInt8](repeating: 0, count: 8).withUnsafeBytes { buffer.overwrite(at: mark, with: $0) }
        buffer.overwrite(at: 3, with: 0)
        #expect(buffer.isOverLimit == true)
        #expect(buffer.bytes() == Array("ab".utf8))
        buffer.removeAll()
        #expect(buffer.isOverLimit == false)
        #expect(buffer.isEmpty == true)
    }

    @Test("bytes are put in front within, at the end of and beyond the headroom", arguments: 0...40)
    func prepend(size: Int) {
        for headroom in [0, 1, 16, 32] {
            var buffer = OutputBuffer(capacity: 8, headroom: headroom, limit: 7)
            buffer.append("content")
            let front = (0..<size).map { UInt8($0) }
            front.withUnsafeBytes { buffer.prepend($0) }
            #expect(buffer.bytes() == front + Array("content".utf8))
            front.withUnsafeBytes { buffer.prepend($0) }
            #expect(buffer.bytes() == front + front + Array("content".utf8))
            #expect(buffer.isOverLimit == false)
        }
    }

    @Test("content appended after a prepend follows the old content")
    func appendAfterPrepend() {
        var buffer = OutputBuffer(capacity: 1, headroom: 4)
        buffer.append("b")
        Array("aa".utf8).withUnsafeBytes { buffer.prepend($0) }
        for _ in 0..<200 { buffer.append("c") }
        #expect(buffer.bytes() == Array(("aab" + String(repeating: "c", count: 200)).utf8))
    }

    @Test("the headroom is back after removeAll")
    func headroomRestored() {
        var buffer = OutputBuffer(capacity: 16, headroom: 4)
        for round in 0..<5 {
            buffer.append(decimal: round)
            Array("head".utf8).withUnsafeBytes { buffer.prepend($0) }
            #expect(buffer.bytes() == Array("head\(round)".utf8))
            buffer.removeAll(keeping: [0, 1, 64, .max, -5][round])
            #expect(buffer.isEmpty == true)
        }
    }

    @Test(
        "memory beyond what is kept is let go, and the buffer works on",
        arguments: [0, 100, 4096]
    )
    func letsGo(keeping: Int) {
        var buffer = OutputBuffer(capacity: 16, headroom: 5)
        for _ in 0..<3 {
            let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
            buffer.append(bytes)
            #expect(buffer.bytes() == bytes)
            buffer.removeAll(keeping: keeping)
        }
    }

    @Test("a gap opens at every place and moves what follows", arguments: 0...5)
    func gap(offset: Int) {
        for length in [0, 1, 3, 200] {
            var buffer = OutputBuffer(capacity: 6, headroom: 2)
            buffer.append("abcde")
            let opened = buffer.insertGap(of: length, at: offset)
            #expect(opened)
            let filling = [UInt8](repeating: UInt8(ascii: "-"), count: length)
            filling.withUnsafeBytes { buffer.overwrite(at: offset, with: $0) }
            var expected = Array("abcde".utf8)
            expected.insert(contentsOf: filling, at: offset)
            #expect(buffer.bytes() == expected)
        }
    }

    @Test("truncating cuts the end, to nothing as well")
    func truncate() {
        var buffer = OutputBuffer(headroom: 3)
        buffer.append("abcdef")
        buffer.truncate(to: 6)
        buffer.truncate(to: 2)
        buffer.append("x")
        #expect(buffer.bytes() == Array("abx".utf8))
        buffer.truncate(to: 0)
        #expect(buffer.isEmpty == true)
    }

    @Test("a writer of raw memory may write less than it asked for")
    func rawWriter() {
        var buffer = OutputBuffer(capacity: 2)
        buffer.append(maximum: 300) { space in
            space[0] = 1
            space[1] = 2
            return 2
        }
        buffer.append(maximum: 0) { _ in 0 }
        #expect(buffer.bytes() == [1, 2])
    }
}

@Suite("OutputBuffer, decimals")
struct OutputBufferDecimalTests {
    private func text(_ value: some FixedWidthInteger) -> String {
        var buffer = OutputBuffer(capacity: 0)
        buffer.append(decimal: value)
        return String(decoding: buffer.bytes(), as: UTF8.self)
    }

    private func checkExtremes<Value: FixedWidthInteger>(of type: Value.Type) {
        for value in [Value.min, .min + 1, .max, .max - 1, 0, 1, 9, 10, 99, 100, 101] {
            #expect(self.text(value) == String(value))
        }
        if Value.isSigned { #expect(self.text(Value(clamping: -1)) == "-1") }
    }

    @Test("the extremes of every integer type are exact")
    func extremes() {
        self.checkExtremes(of: Int8.self)
        self.checkExtremes(of: UInt8.self)
        self.checkExtremes(of: Int16.self)
        self.checkExtremes(of: UInt16.self)
        self.checkExtremes(of: Int32.self)
        self.checkExtremes(of: UInt32.self)
        self.checkExtremes(of: Int64.self)
        self.checkExtremes(of: UInt64.self)
        self.checkExtremes(of: Int.self)
        self.checkExtremes(of: Int128.self)
        self.checkExtremes(of: UInt128.self)
    }

    @Test("around every power of ten")
    func powers() {
        var power: UInt64 = 1
        while true {
            for value in [power - 1, power, power + 1] {
                #expect(self.text(value) == String(value))
                #expect(self.text(-Int64(clamping: value)) == String(-Int64(clamping: value)))
            }
            let (next, overflow) = power.multipliedReportingOverflow(by: 10)
            if overflow { break }
            power = next
        }
    }

    @Test("a number fits a limit of exactly its length, and is dropped whole below it")
    func limits() {
        for value in [Int64.min, .max, 0, -7, 1234] {
            let length = String(value).utf8.count
            var fits = OutputBuffer(limit: length)
            fits.append(decimal: value)
            #expect((fits.count, fits.isOverLimit) == (length, false))
            var tight = OutputBuffer(limit: length - 1)
            tight.append(decimal: value)
            #expect((tight.count, tight.isOverLimit) == (0, true))
        }
    }
}
