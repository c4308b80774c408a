internal import OpenSSL
internal import Testing

@Suite("Digest")
struct DigestTests {
    private static func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let text = String(byte, radix: 16)
            return byte < 16 ? "0" + text : text
        }.joined()
    }

    @Test(
        "the results are those of FIPS 180",
        arguments: [
            (
                "", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
                "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
            ),
            (
                "abc", "a9993e364706816aba3e25717850c26c9cd0d89d",
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            ),
        ]
    )
    func vectors(text: String, sha1: String, sha256: String) throws {
        #expect(Self.hex(try Digest(.sha1).compute(Array(text.utf8))) == sha1)
        #expect(Self.hex(try Digest(.sha256).compute(Array(text.utf8))) == sha256)
    }

    @Test("one digest serves many inputs")
    func reuse() throws {
        let digest = try Digest(.sha256)
        let first = digest.compute([1, 2, 3])
        for length in 0..<300 { _ = digest.compute([UInt8](repeating: 7, count: length)) }
        #expect(digest.compute([1, 2, 3]) == first)
    }

    @Test("the key of RFC 6455, 1.3 is accepted with its answer")
    func webSocket() throws {
        let key = "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        let expected = "b37a4f2cc0624f1690f64606cf385945b2bec4ea"
        #expect(Self.hex(try Digest(.sha1).compute(Array(key.utf8))) == expected)
    }
}
