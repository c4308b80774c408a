internal import Bytes
internal import Routing
internal import Testing

@Suite("PercentCoding")
struct PercentCodingTests {
    private func decode(_ text: String, _ mode: PercentCoding.Mode) -> String? {
        withBytes(text) { bytes in
            let memory = UnsafeMutableRawBufferPointer.allocate(
                byteCount: bytes.count,
                alignment: 1
            )
            defer { memory.deallocate() }
            guard let count = PercentCoding.decode(bytes, mode, into: memory) else { return nil }
            return String(decoding: memory[..<count], as: UTF8.self)
        }
    }

    @Test(
        "each mode decodes its escapes",
        arguments: [
            ("a%20b+%2F%2f", "a b+//", "a b+%2F%2f", "a b //"),
            ("", "", "", ""),
            ("%25%32%46", "%2F", "%2F", "%2F"),
            ("%e4%B8%96", "\u{4E16}", "\u{4E16}", "\u{4E16}"),
        ]
    )
    func modes(text: String, all: String, exceptSlash: String, form: String) {
        #expect(self.decode(text, .all) == all)
        #expect(self.decode(text, .exceptSlash) == exceptSlash)
        #expect(self.decode(text, .form) == form)
    }

    @Test("a broken escape is refused", arguments: ["%", "a%", "%2", "%zz", "%2g", "%%41", "a%2"])
    func broken(text: String) {
        for mode in [PercentCoding.Mode.all, .exceptSlash, .form] {
            #expect(self.decode(text, mode) == nil)
        }
        #expect(!withBytes(text, PercentCoding.isWellFormed))
    }

    @Test("every byte comes back from its encoding")
    func roundTrip() {
        let all = (0...255).map { UInt8($0) }
        var output = OutputBuffer()
        all.withUnsafeBytes { PercentCoding.encode($0, into: &output) }
        let encoded = output.bytes()
        #expect(encoded.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        let decoded = encoded.withUnsafeBytes { bytes in
            [UInt8](unsafeUninitializedCapacity: bytes.count) { memory, count in
                let space = UnsafeMutableRawBufferPointer(memory)
                count = PercentCoding.decode(bytes, .all, into: space) ?? 0
            }
        }
        #expect(decoded == all)
        #expect(withBytes(String(decoding: encoded, as: UTF8.self), PercentCoding.isWellFormed))
    }

    @Test("a slash is kept only when asked")
    func slash() {
        var output = OutputBuffer()
        withBytes("a/b c") { PercentCoding.encode($0, keeping: .unreservedAndSlash, into: &output) }
        output.append(UInt8(ascii: " "))
        withBytes("a/b\r\n~") { PercentCoding.encode($0, into: &output) }
        #expect(String(decoding: output.bytes(), as: UTF8.self) == "a/b%20c a%2Fb%0D%0A~")
    }
}
