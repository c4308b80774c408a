internal import Bytes
internal import Telemetry
internal import Testing

@Suite("TraceContext")
struct TraceContextTests {
    private static let valid = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    private func read(_ text: String) -> TraceContext? { withBytes(text) { TraceContext($0) } }

    @Test("a valid value is read and written as it was")
    func roundTrip() throws {
        let context = try #require(self.read(Self.valid))
        #expect(context.traceHigh == 0x0AF7_6519_16CD_43DD)
        #expect(context.traceLow == 0x8448_EB21_1C80_319C)
        #expect(context.parent == 0xB7AD_6B71_6920_3331)
        #expect(context.isSampled)
        var output = OutputBuffer()
        context.append(to: &output)
        #expect(text(output) == Self.valid)
    }

    @Test(
        "a later version is read for what is known of it",
        arguments: [
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00",
            "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-what-comes",
            "fe-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00-",
        ]
    )
    func laterVersions(text: String) throws {
        #expect(try #require(self.read(text)).isSampled == false)
    }

    @Test(
        "an invalid value is ignored",
        arguments: [
            "", "00", "00-", Self.valid + "-", Self.valid + "0", String(Self.valid.dropLast()),
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x",
            "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333/-01",
            "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1 ",
            " 0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ]
    )
    func invalid(text: String) {
        #expect(self.read(text) == nil)
    }
}
