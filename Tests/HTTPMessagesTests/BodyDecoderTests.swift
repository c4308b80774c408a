internal import HTTPMessages
internal import Testing

@Suite("body decoder")
struct BodyDecoderTests {
    @Test("without framing the body ends at once and takes nothing")
    func noBody() {
        let outcome = decodeBody(latin1("GET"), framing: .none)
        #expect(outcome == BodyOutcome(content: [], consumed: 0, end: .end))
        #expect(decodeBody(latin1("GET"), framing: .length(0)) == outcome)
        #expect(decodeBody([], framing: .length(0)) == outcome)
    }

    @Test("a length takes as many bytes, in any pieces", arguments: [1, 2, 3, 4, 5, 6, 100])
    func length(_ size: Int) {
        let outcome = decodeBody(latin1("helloGET"), framing: .length(5), nextSize: { size })
        #expect(outcome == BodyOutcome(content: latin1("hello"), consumed: 5, end: .end))
    }

    @Test("a length that has not come needs more")
    func shortLength() {
        let outcome = decodeBody(latin1("hell"), framing: .length(5))
        #expect(outcome == BodyOutcome(content: latin1("hell"), consumed: 4, end: .needsMore))
    }

    @Test("a length at its limit is taken, one byte more is 413 before the first byte")
    func lengthLimit() {
        #expect(decodeBody([], framing: .length(5), limit: 5).status == 0)
        #expect(decodeBody([], framing: .length(6), limit: 5).status == 413)
        #expect(decodeBody([], framing: .length(.max), limit: .max).status == 0)
    }

    @Test("the end is answered again for ever, and so is a refusal")
    func sticky() {
        var decoder = BodyDecoder(framing: .chunked, limit: 10)
        let end = latin1("0\r\n\r\n")
        #expect(!decoder.isFinished)
        #expect(end.withUnsafeBytes { decoder.next($0) } == .end(consumed: 5))
        #expect(end.withUnsafeBytes { decoder.next($0) } == .end(consumed: 0))
        var refused = BodyDecoder(framing: .chunked, limit: 10)
        let first = latin1("x").withUnsafeBytes { refused.next($0) }
        #expect(end.withUnsafeBytes { refused.next($0) } == first)
        #expect(refused.isFinished)
    }

    @Test("no bytes are no news")
    func empty() {
        for framing in [BodyFraming.length(1), .chunked] {
            var decoder = BodyDecoder(framing: framing, limit: 10)
            #expect(
                decoder.next(UnsafeRawBufferPointer(start: nil, count: 0))
                    == .needsMore(consumed: 0)
            )
        }
    }
}
