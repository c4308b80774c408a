internal import Testing

@testable internal import Configuration

@Suite("the reference is the reader's own tables")
struct ConfigurationReferenceTests {
    /// Every key of the contract, by table.
    private static let contract: [(table: String, keys: String)] = [
        (
            "",
            "listen admin schema routes backends methods defaults metadata streams limits timeouts "
                + "loops access_log drain drain_delay trusted_proxies forwarded trace "
                + "cors compression"
        ),
        ("listen[]", "address tls proxy_protocol hsts share"),
        ("listen[].tls", "certificate key client_ca"),
        ("admin", "address"),
        (
            "schema",
            "protos imports descriptor_sets reflection refresh cache annotations auto services"
        ),
        (
            "backends.NAME",
            "address services balancing deadline tls connections connect_timeout running pending "
                + "pending_timeout idle max_connection_age keepalive resolve health outlier "
                + "slow_start retry service_config hedging compression adaptive required "
                + "backoff"
        ),
        ("backends.NAME.backoff", "initial max"),
        ("backends.NAME.tls", "ca certificate key server_name"),
        ("backends.NAME.keepalive", "interval timeout"),
        ("backends.NAME.adaptive", "min max window tolerance remeasure"),
        ("backends.NAME.health", "service interval"),
        (
            "backends.NAME.outlier",
            "interval base_ejection_time max_ejection_time max_ejection_percent success_rate "
                + "failure_percentage"
        ),
        (
            "backends.NAME.outlier.success_rate",
            "stdev_factor enforcement minimum_hosts request_volume"
        ),
        (
            "backends.NAME.outlier.failure_percentage",
            "threshold enforcement minimum_hosts request_volume"
        ),
        ("retry", "attempts backoff codes"),
        ("retry.backoff", "initial max multiplier"),
        ("hedging", "attempts delay non_fatal"),
        (
            "routes[]",
            "route rpc body response_body additional backend deadline max_stream_duration stream "
                + "stream_body sse success fully_decode trailing_slash patch_mask expose_details "
                + "json unknown_fields unknown_query retry hedging cors cache_control etag compression "
                + "limits websocket"
        ),
        ("routes[].success", "status headers"),
        ("routes[].limits", "body message stream_body"),
        ("routes[].sse", "id event"),
        ("routes[].websocket", "origins"),
        ("cors", "origins headers expose credentials max_age"),
        ("compression", "types min"),
        ("streams", "idle heartbeat retry"),
        (
            "defaults",
            "backend deadline max_deadline unknown_fields unknown_query stream json expose_details"
        ),
        ("json", "names defaults enums int64 pretty"),
        ("metadata", "request response grpc_metadata client_certificate"),
        (
            "limits",
            "target head headers body message stream_body json_memory depth pipelined connections "
                + "requests_per_connection running stream_window buffered"
        ),
        ("timeouts", "head body_rate keep_alive write"),
    ]

    @Test("every key of the contract is known, and no other", arguments: Self.contract)
    func keys(table name: String, keys: String) throws {
        let table = try #require(ConfigurationReference.tables.first { $0.name == name })
        #expect(Set(table.entries.map(\.name)) == Set(keys.split(separator: " ").map(String.init)))
        #expect(Set(table.entries.map(\.name)).count == table.entries.count)
    }

    @Test("methods take every key of a route but three")
    func methods() throws {
        let tables = ConfigurationReference.tables
        let route = try #require(tables.first { $0.name == "routes[]" })
        let method = try #require(tables.first { $0.name.hasPrefix("methods.") })
        let names = Set(route.entries.map(\.name)).subtracting(["route", "rpc", "body"])
        #expect(Set(method.entries.map(\.name)) == names)
    }

    @Test("a default that is written out changes nothing")
    func defaults() throws {
        var text = smallest
        let plain = try #require(configuration(text).configuration)
        for name in ["limits", "timeouts", "metadata"] {
            let table = try #require(ConfigurationReference.tables.first { $0.name == name })
            let pairs = table.entries.filter { !$0.defaultText.isEmpty }
                .map { "\($0.name): \($0.defaultText)" }
            text += "\(name): { \(pairs.joined(separator: ", ")) }\n"
        }
        text += "drain: 10s\ndrain_delay: 0\naccess_log: json\n"
        let (written, errors) = configuration(text)
        #expect(errors.map(\.description) == [])
        var limits = try #require(written?.limits)
        limits.places = plain.limits.places
        #expect(limits == plain.limits)
        var timeouts = try #require(written?.timeouts)
        timeouts.places = plain.timeouts.places
        #expect(timeouts == plain.timeouts)
        #expect(written?.drain == plain.drain)
    }

    @Test("the Markdown has a row for each key, and its default")
    func markdown() {
        let text = ConfigurationReference.markdown()
        #expect(
            text.contains(
                "| `limits.head` | a size such as 64KiB or 4MiB, from 256B to 16MiB | `32KiB` |"
            )
        )
        #expect(text.contains("| `drain` |"))
        #expect(text.contains("| `listen[].address` |"))
    }
}
