internal import Schema
internal import Testing

@testable internal import Reflection

@Suite("Messages of the reflection protocol")
struct ReflectionMessageTests {
    private typealias Response = Descriptors.Response

    @Test(
        "questions are written with the field numbers of reflection.proto",
        arguments: [
            (ReflectionQuestion.services, [0x3A, 0x01] + Array("*".utf8)),
            (.file("a.proto"), [0x1A, 0x07] + Array("a.proto".utf8)),
            (.fileDeclaring("a.B"), [0x22, 0x03] + Array("a.B".utf8)),
        ]
    )
    func questions(_ question: ReflectionQuestion, bytes: [UInt8]) {
        #expect(question.bytes == bytes)
    }

    @Test("answers of each kind are read")
    func answers() {
        #expect(ReflectionAnswer(Response.services(["a.B", "c"])) == .services(["a.B", "c"]))
        #expect(ReflectionAnswer(Response.services([])) == .services([]))
        #expect(ReflectionAnswer(Response.files([[1, 2], []])) == .files([[1, 2], []]))
        #expect(ReflectionAnswer(Response.error(5, "no")) == .refusal("NOT_FOUND: no"))
        #expect(ReflectionAnswer(Response.error(99, "")) == .refusal("code 99"))
    }

    @Test("an answer that is cut short or empty is unreadable, or has less in it")
    func cut() throws {
        let file = try Descriptors.file("a.proto", services: ["A"])
        for whole in [Response.files([file, file]), Response.services(["a.B"])] {
            for count in 0..<whole.count {
                #expect(ReflectionAnswer(Array(whole.prefix(count))) == .unreadable)
            }
        }
        #expect(ReflectionAnswer([0x32, 0x02, 0x0A, 0x05]) == .unreadable)
        #expect(ReflectionAnswer([0xFF, 0xFF]) == .unreadable)
    }

    @Test("random bytes are read without a trap")
    func random() {
        var dice = Dice(seed: 7)
        for _ in 0..<20_000 {
            let bytes = (0..<dice.below(24)).map { _ in UInt8(dice.below(256)) }
            _ = ReflectionAnswer(bytes)
            _ = try? ReflectionCache.decode(bytes)
            _ = try? FileOutline(bytes)
        }
    }

    @Test("text of a peer is one bounded line")
    func peerText() {
        #expect(PeerText.shown("a\nb\u{7}") == "a?b?")
        #expect(PeerText.shown(String(repeating: "x", count: 200)).count == 200)
        #expect(PeerText.shown(String(repeating: "x", count: 201)).hasSuffix("x…"))
    }
}
