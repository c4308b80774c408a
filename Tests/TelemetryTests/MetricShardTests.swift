internal import Bytes
internal import GRPC
internal import HTTPMessages
internal import Telemetry
internal import Testing

@Suite("MetricShard")
struct MetricShardTests {
    private func page(_ shards: MetricShard...) -> [String] {
        var sum = MetricSnapshot()
        for shard in shards { sum.add(shard.snapshot()) }
        var output = OutputBuffer()
        PrometheusText.append(sum, to: &output)
        return text(output).split(separator: "\n").map(String.init)
    }

    private func record(_ shard: MetricShard, _ record: borrowing ExchangeRecord) {
        shard.requestBegan()
        shard.record(record)
    }

    private static let labels =
        #"http_route="/v1/users/{id}",http_request_method="GET",http_response_status_code="200""#

    @Test(
        "a duration falls into the bucket whose bound it does not exceed",
        arguments: [
            (-1, "0.005"), (0, "0.005"), (5_000_000, "0.005"), (5_000_001, "0.01"),
            (99_999_999, "0.1"), (100_000_000, "0.1"), (100_000_001, "0.25"),
            (10_000_000_000, "10"), (10_000_000_001, "+Inf"), (Int64.max - 1_000_000, "+Inf"),
        ]
    )
    func buckets(nanoseconds: Int64, first: String) {
        let shard = MetricShard(names: twoRoutes)
        self.record(shard, finished(nanoseconds: nanoseconds))
        let prefix = "http_server_request_duration_seconds_bucket{\(Self.labels),le=\""
        let filled = self.page(shard).filter { $0.hasPrefix(prefix) && $0.hasSuffix(" 1") }
        #expect(filled.first == prefix + first + "\"} 1")
        #expect(filled.last == prefix + "+Inf\"} 1")
    }

    @Test("shards add up by name, of another generation of routes as well")
    func addsUp() {
        let one = MetricShard(names: twoRoutes)
        let other = MetricShard(
            names: RouteNames(
                routes: twoRoutes.routes.reversed(),
                backends: twoRoutes.backends.reversed()
            )
        )
        self.record(one, finished(nanoseconds: 1_500_000_000))
        self.record(other, finished(route: 1, nanoseconds: 2_000_000_001))
        one.clientConnected()
        one.clientConnected()
        one.clientDisconnected()
        let page = self.page(one, other)
        let name = "http_server_request_duration_seconds"
        #expect(page.contains("\(name)_count{\(Self.labels)} 2"))
        #expect(page.contains("\(name)_sum{\(Self.labels)} 3.500000001"))
        #expect(page.contains("\(name)_bucket{\(Self.labels),le=\"1\"} 0"))
        #expect(page.contains("\(name)_bucket{\(Self.labels),le=\"2.5\"} 2"))
        #expect(page.contains("transom_client_connections 1"))
        #expect(page.contains("transom_client_connections_accepted_total 2"))
        #expect(page.contains("transom_request_body_bytes_total 20"))
        #expect(page.contains("transom_response_bytes_total 500"))
    }

    @Test("calls are counted by their outcome, only those that were made")
    func calls() {
        let shard = MetricShard(names: twoRoutes)
        for code in [StatusCode.ok, .ok, .unauthenticated] {
            var record = finished()
            record.calledBackend = true
            record.code = code
            record.retries = 1
            self.record(shard, record)
        }
        var refused = finished(status: 503)
        refused.code = .unavailable
        self.record(shard, refused)
        let labels = #"grpc_service="user.v1.UserService",grpc_method="GetUser""#
        let lines = self.page(shard).filter { $0.hasPrefix("grpc_client_handled_total{") }
        #expect(
            lines == [
                "grpc_client_handled_total{\(labels),grpc_code=\"OK\"} 2",
                "grpc_client_handled_total{\(labels),grpc_code=\"UNAUTHENTICATED\"} 1",
            ]
        )
        #expect(self.page(shard).contains("transom_retries_total 3"))
    }

    @Test("requests under way are those begun and not recorded")
    func active() {
        let shard = MetricShard(names: twoRoutes)
        shard.requestBegan()
        shard.requestBegan()
        #expect(self.page(shard).contains("http_server_active_requests 2"))
        shard.record(finished())
        #expect(shard.activeRequests == 1)
        #expect(self.page(shard).contains("http_server_active_requests 1"))
    }

    @Test("refusals are counted by cause")
    func refusals() {
        let shard = MetricShard(names: twoRoutes)
        var record = finished(status: 504)
        record.cause = "deadline"
        self.record(shard, record)
        self.record(shard, record)
        shard.refused("head_too_large")
        shard.accessLineDropped()
        var sum = shard.snapshot()
        sum.addDroppedAccessLines(4)
        var output = OutputBuffer()
        PrometheusText.append(sum, to: &output)
        let page = text(output)
        #expect(page.contains("transom_refusals_total{cause=\"deadline\"} 2\n"))
        #expect(page.contains("transom_refusals_total{cause=\"head_too_large\"} 1\n"))
        #expect(page.contains("transom_access_log_dropped_total 5\n"))
    }

    @Test("no text of a client becomes a label: unknown paths and methods make one series")
    func cardinality() {
        let shard = MetricShard(names: twoRoutes)
        for number in 0..<10_000 {
            var record = finished(route: number % 2 == 0 ? -1 : 2 + number, status: 404)
            withBytes("/random/\(number)") { record.setPath($0) }
            withBytes("M\(number)") { record.setMethod(.other, $0) }
            self.record(shard, record)
        }
        let counts = self.page(shard).filter { $0.contains("duration_seconds_count{") }
        #expect(
            counts == [
                "http_server_request_duration_seconds_count{http_route=\"\","
                    + "http_request_method=\"_OTHER\",http_response_status_code=\"404\"} 10000"
            ]
        )
    }

    @Test("each combination of route, method and status is a series of its own")
    func series() {
        let shard = MetricShard(names: twoRoutes)
        for _ in 0..<2 {
            for method in Method.allCases {
                for status in 200..<240 as Range<UInt16> {
                    for route in -1...1 {
                        self.record(shard, finished(route: route, method: method, status: status))
                    }
                }
            }
        }
        let counts = self.page(shard).filter { $0.contains("duration_seconds_count{") }
        #expect(counts.count == Method.allCases.count * 40 * 3)
        #expect(counts.allSatisfy { $0.hasSuffix(" 2") })
        #expect(counts == counts.sorted())
    }
}
