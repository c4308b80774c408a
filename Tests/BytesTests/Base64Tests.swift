internal import Bytes
internal import Testing

@Suite("Base64")
struct Base64Tests {
    private func encoded(
        _ bytes: [UInt8],
        _ alphabet: Base64.Alphabet = .standard,
        padded: Bool = true
    ) -> String {
        var output = OutputBuffer()
        bytes.withUnsafeBytes {
            Base64.encode($0, alphabet: alphabet, padded: padded, into: &output)
        }
        return String(decoding: output.bytes(), as: UTF8.self)
    }

    private func decoded(_ text: String) -> [UInt8]? {
        var output = OutputBuffer()
        output.append("kept")
        let isValid = Array(text.utf8).withUnsafeBytes { Base64.decode($0, into: &output) }
        let bytes = output.bytes()
        #expect(bytes.starts(with: "kept".utf8))
        if !isValid { #expect(bytes.count == 4) }
        return isValid ? Array(bytes.dropFirst(4)) : nil
    }

    @Test(
        "the vectors of RFC 4648, section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
        ]
    )
    func vectors(text: String, base64: String) {
        let bytes = Array(text.utf8)
        let bare = String(base64.prefix { $0 != "=" })
        #expect(self.encoded(bytes) == base64)
        #expect(self.encoded(bytes, padded: false) == bare)
        #expect(self.decoded(base64) == bytes)
        #expect(self.decoded(bare) == bytes)
        #expect(Base64.encodedCount(of: bytes.count, padded: true) == base64.utf8.count)
        #expect(Base64.encodedCount(of: bytes.count, padded: false) == bare.utf8.count)
    }

    @Test("the alphabets differ in two characters, and both are read, also mixed")
    func alphabets() {
        let bytes: [UInt8] = [0xFB, 0xFF, 0xBF, 0xFB, 0xEF]
        #expect(self.encoded(bytes) == "+/+/++8=")
        #expect(self.encoded(bytes, .url) == "-_-_--8=")
        #expect(self.encoded(bytes, .url, padded: false) == "-_-_--8")
        #expect(self.decoded("-_+/-+8") == bytes)
    }

    @Test(
        "what is not base64 is refused",
        arguments: [
            "A", "AAAAA", "=", "==", "===", "====", "A=", "A==", "A===", "AQ=", "AQ=A", "AA=AAA==",
            "AQ==AQ==", "A Q=", "AQ\n=", "%%", "AAA@", "é", "AAAA=", "AAAA==", "AAAA====", "AA.=",
        ]
    )
    func refused(text: String) {
        #expect(self.decoded(text) == nil)
    }

    @Test("bits left over in the last character are dropped")
    func leftOver() {
        #expect(self.decoded("AR==") == [1])
        #expect(self.decoded("AQL=") == [1, 2])
    }

    @Test("all lengths and all bytes come back, in each form")
    func roundTrips() {
        for length in 0..<300 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            for alphabet in [Base64.Alphabet.standard, .url] {
                #expect(self.decoded(self.encoded(bytes, alphabet)) == bytes)
                #expect(self.decoded(self.encoded(bytes, alphabet, padded: false)) == bytes)
            }
        }
    }

    @Test("each of the 256 bytes is in the alphabets or is refused")
    func everyByte() {
        let known = Set(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_".utf8
        )
        for byte in UInt8.min...UInt8.max {
            var output = OutputBuffer()
            for place in 0..<4 {
                var text = Array("AAAA".utf8)
                text[place] = byte
                // A final `=` is padding.
                let isPadding = byte == UInt8(ascii: "=") && place == 3
                let isValid = text.withUnsafeBytes { Base64.decode($0, into: &output) }
                #expect(isValid == (known.contains(byte) || isPadding))
            }
        }
    }

    @Test("over the limit nothing is written")
    func limit() {
        var output = OutputBuffer(limit: 7)
        [1, 2, 3, 4].withUnsafeBytes { Base64.encode($0, into: &output) }
        #expect((output.count, output.isOverLimit) == (0, true))
    }
}
