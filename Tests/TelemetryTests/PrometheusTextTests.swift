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
        #expect(seen.count == 21)
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

    @Test("what was counted of a backend on all loops is one series")
    func backends() {
        var sum = MetricSnapshot()
        for losses in [0, 1] {
            var numbers = BackendNumbers()
            numbers.policyRetries = 2
            numbers.transparentRetries = 3
            numbers.losses = losses
            numbers.connections = 2
            numbers.isConfigured = true
            sum.add(numbers, of: "users")
        }
        var watched = BackendNumbers()
        watched.ejections = 4
        watched.ejected = 1
        watched.unhealthy = 2
        watched.hedges = 5
        watched.concurrencyLimit = 17
        sum.add(watched, of: "users")
        var orders = BackendNumbers()
        orders.isConfigured = true
        sum.add(orders, of: "orders")
        var gone = BackendNumbers()
        gone.ejections = 1
        sum.add(gone, of: "gone")
        let page = self.page(sum)
        for line in [
            #"transom_backend_retries_total{backend="users",kind="policy"} 4"#,
            #"transom_backend_retries_total{backend="users",kind="hedge"} 5"#,
            #"transom_backend_retries_total{backend="users",kind="transparent"} 6"#,
            #"transom_backend_concurrency_limit{backend="users"} 17"#,
            #"transom_backend_ejections_total{backend="users"} 4"#,
            #"transom_backend_ejected_endpoints{backend="users"} 1"#,
            #"transom_backend_unhealthy_endpoints{backend="users"} 2"#,
            #"transom_backend_available{backend="users"} 0"#,
            #"transom_backend_connections{backend="users"} 4"#,
            #"transom_backend_available{backend="orders"} 1"#,
            #"transom_backend_ejections_total{backend="gone"} 1"#,
        ] {
            #expect(page.contains(line + "\n"), "\(line)")
        }
        #expect(!page.contains(#"transom_backend_available{backend="gone"}"#))
    }

    @Test("labels are escaped")
    func escapes() {
        let names = RouteNames(
            routes: [RouteNames.Route(template: "/a\\b\"c\nd", service: "s", method: "m")],
            backends: []
        )
        let shard = MetricShard(names: names)
        shard.requestBegan()
        shard.record(finished())
        var snapshot = shard.snapshot()
        snapshot.add(BackendNumbers(), of: "b\"1")
        let page = self.page(snapshot)
        #expect(page.contains(#"_count{http_route="/a\\b\"c\nd",http_request_method="GET""#))
        #expect(page.contains(#"transom_backend_connections{backend="b\"1"} 0"#))
    }

    @Test("whether a backend reflects is told of those that are asked, and of none")
    func reflection() {
        var snapshot = MetricSnapshot()
        #expect(!self.page(snapshot).contains("transom_reflection_up"))
        snapshot.set(reflection: ["users": true, "orders": false])
        let samples = self.page(snapshot).split(separator: "\n").filter {
            $0.hasPrefix("transom_reflection_up")
        }
        #expect(
            samples == [
                #"transom_reflection_up{backend="orders"} 0"#,
                #"transom_reflection_up{backend="users"} 1"#,
            ]
        )
    }

    @Test("reloads are counted by their end, and the last one tells whether to worry")
    func reloads() {
        var reloads = ReloadCounters()
        var snapshot = MetricSnapshot()
        for (wasGood, gauge) in [(true, 1), (false, 0), (false, 0), (true, 1)] {
            reloads.ended(wasGood: wasGood)
            snapshot.set(reloads)
            let page = self.page(snapshot)
            #expect(page.contains("\ntransom_config_last_reload_successful \(gauge)\n"))
        }
        let page = self.page(snapshot)
        #expect(page.contains("\ntransom_config_reloads_total{result=\"success\"} 2\n"))
        #expect(page.contains("\ntransom_config_reloads_total{result=\"failure\"} 2\n"))
    }
}
