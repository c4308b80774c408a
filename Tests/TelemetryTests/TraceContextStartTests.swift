internal import Bytes
internal import Telemetry
internal import Testing

@Suite("the beginning of a trace")
struct TraceContextStartTests {
    @Test("what is begun is valid, zeros too", arguments: [UInt64(0), 1, .max], [false, true])
    func validity(bits: UInt64, isSampled: Bool) throws {
        let context = TraceContext.started(
            traceHigh: bits,
            traceLow: bits,
            parent: bits,
            isSampled: isSampled
        )
        var output = OutputBuffer()
        context.append(to: &output)
        #expect(output.count == TraceContext.length)
        #expect(output.withUnsafeBytes { TraceContext($0) } == context)
        #expect(context.isSampled == isSampled)
    }

    @Test("the dice are used as they fell")
    func dice() {
        let context = TraceContext.started(traceHigh: 0, traceLow: 5, parent: 7, isSampled: true)
        #expect(context == TraceContext(traceHigh: 0, traceLow: 5, parent: 7, flags: 1))
        let half = TraceContext.started(traceHigh: 5, traceLow: 0, parent: 7, isSampled: false)
        #expect(half == TraceContext(traceHigh: 5, traceLow: 0, parent: 7, flags: 0))
    }
}
