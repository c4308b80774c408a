internal import Bytes
internal import GRPC
internal import Testing

@Suite("grpc-message")
struct MessageTextTests {
    @Test(
        "decoding never fails",
        arguments: [
            ("plain", "plain"), ("", ""), ("%E4%BD%A0", "你"), ("%e4%bd%a0", "你"),
            ("%E4%BD", "\u{FFFD}"), ("%zz", "%zz"), ("%", "%"), ("%4", "%4"), ("a%20b", "a b"),
            ("100%25", "100%"), ("%%41", "%A"), ("raw é", "raw é"), ("%41%", "A%"),
            ("%2", "%2"), ("a%4G", "a%4G"),
        ]
    )
    func decode(value: String, text: String) {
        #expect(value.withBytes { MessageText.decode($0) } == text)
    }

    @Test("bytes that are not UTF-8 do not fail either")
    func raw() {
        let bytes: [UInt8] = [0xFF, 0x41, 0xC3]
        #expect(bytes.withUnsafeBytes { MessageText.decode($0) } == "\u{FFFD}A\u{FFFD}")
    }

    @Test(
        "encoding leaves printable ASCII but %",
        arguments: [
            ("user \"7\" not found", "user \"7\" not found"), ("100%", "100%25"),
            ("a\r\nb", "a%0D%0Ab"), ("é", "%C3%A9"), ("\u{7F}", "%7F"), ("~ ", "~ "), ("", ""),
        ]
    )
    func encode(text: String, value: String) {
        #expect(written { MessageText.append(text, to: &$0) } == value)
        #expect(value.withBytes { MessageText.decode($0) } == text)
    }
}
