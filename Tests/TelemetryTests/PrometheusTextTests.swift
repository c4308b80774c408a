internal import Bytes
internal import Telemetry
internal import Testing

@Suite("PrometheusText")
struct PrometheusTextTests {
    private func page(_ snapshot: MetricSnapshot) -> String {
        var output = OutputBuffer()
        PrometheusText.append(snapshot, to: &output)
        return text(output)
    }

    @Test("every family has HELP and TYPE before its samples, once")
    func headers() {
        let shard = MetricShard(names: twoRoutes)
        shard.requestBegan()
        shard.record(finished())
        shard.refused("test")
        var seen: Set<String> = []
        var family = ""
        for line in self.page(shard.snapshot()).split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# HELP ") {
                family = String(words[2])
                #expect(seen.insert(family).inserted)
            } else if line.hasPrefix("# TYPE ") {
                #expect(words.count == 4 && words[2] == family)
                #expect(["counter", "gauge", "histogram"].contains(words[3]))
            } else {
                #expect(line.hasPrefix(family))
                #expect(Double(words.last ?? "") != nil)
            }
        }
        #expect(seen.count == 14)
    }

    @Test("nothing counted is still a page")
    func empty() {
        let page = self.page(MetricSnapshot())
        #expect(page.contains("\nhttp_server_active_requests 0\n"))
        #expect(page.contains("# TYPE http_server_request_duration_seconds histogram\n"))
        #expect(page.hasSuffix("\n"))
    }

    @Test("streams and what happened to connections are told")
    func connections() {
        var snapshot = MetricSnapshot()
        snapshot.add(connectionEvent: "head_timeout", count: 3)
        snapshot.add(streams: 2, heldBytes: 70_000)
        var sum = snapshot
        sum.add(snapshot)
        let page = self.page(sum)
        #expect(
            page.contains(#"transom_client_connection_events_total{reason="head_timeout"} 6"#)
        )
        #expect(page.contains("\ntransom_active_streams 4\n"))
        #expect(page.contains("\ntransom_stream_held_bytes 140000\n"))
    }

    @Test("labels are escaped")
    func escapes() {
        let names = RouteNames(
            routes: [RouteNames.Route(template: "/a\\b\"c\nd", service: "s", method: "m")],
            backends: ["b\"1"]
        )
        let shard = MetricShard(names: names)
        shard.requestBegan()
        shard.record(finished())
        let page = self.page(shard.snapshot())
        #expect(page.contains(#"_count{http_route="/a\\b\"c\nd",http_request_method="GET""#))
        #expect(page.contains(#"transom_backend_connections{backend="b\"1"} 0"#))
    }
}
