internal import Exchanges
internal import Testing

@testable internal import Planning

@Suite("what a route says of streams")
struct StreamPlanTests {
    private func plan(_ route: String, configuration: String = "") throws -> StreamPlan {
        let planned = try Planned(
            "- { \(route) }",
            configuration: "defaults: { backend: users }\n" + configuration
        )
        #expect(planned.errors == [])
        return try #require(planned.plan.set?.plans.first?.stream)
    }

    @Test("the method says which sides stream")
    func kinds() throws {
        let list = try self.plan("route: GET /l, rpc: t.v1.Users/List")
        #expect("\(list.kind)" == "server stream")
        let chat = try self.plan("route: POST /c, rpc: t.v1.Users/Chat, body: '*'")
        #expect("\(chat.kind)" == "bidirectional")
        #expect(chat.speaksProtobuf)
        let field = try self.plan("route: POST /c, rpc: t.v1.Users/Chat, body: part")
        #expect(!field.speaksProtobuf)
    }

    @Test("the form is the route's, or the default")
    func form() throws {
        #expect(try self.plan("route: GET /l, rpc: t.v1.Users/List").format == .ndjson)
        #expect(try self.plan("route: GET /l, rpc: t.v1.Users/List, stream: sse").format == .sse)
    }

    @Test("a stream has no limit but its own")
    func limits() throws {
        let bare = try self.plan("route: POST /c, rpc: t.v1.Users/Chat, body: '*'")
        #expect(bare.maxDuration == nil)
        #expect(bare.bodyLimit == .max)
        let limited = try self.plan(
            "route: POST /c, rpc: t.v1.Users/Chat, body: '*', max_stream_duration: 2m, "
                + "limits: { stream_body: 3MiB }"
        )
        #expect(limited.maxDuration == 120_000_000_000)
        #expect(limited.bodyLimit == 3 << 20)
        let whole = try self.plan(
            "route: POST /c, rpc: t.v1.Users/Chat, body: '*'",
            configuration: "limits: { stream_body: 1MiB }"
        )
        #expect(whole.bodyLimit == 1 << 20)
    }
}
