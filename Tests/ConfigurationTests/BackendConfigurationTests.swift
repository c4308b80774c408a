internal import Balancing
internal import Testing

@testable internal import Configuration

@Suite("what a backend says of its channel")
struct BackendConfigurationTests {
    private func backend(_ text: String) throws -> BackendConfiguration {
        let (read, errors) = configuration(
            """
            listen: [{ address: 127.0.0.1:8080 }]
            schema: { protos: [protos] }
            routes: [routes]
            backends:
              users:
                address: a:1
                \(text.replacing("\n", with: "\n    "))
            """
        )
        #expect(errors.map(\.description) == [])
        return try #require(read?.backends.first)
    }

    @Test("nothing is watched, pinged or tried again unless it is asked for")
    func defaults() throws {
        let backend = try self.backend("")
        #expect(backend.maxConnectionAge == .zero && backend.slowStart == .zero)
        #expect(backend.keepalive.interval == .zero && backend.keepalive.timeout == .seconds(20))
        #expect(backend.resolve == .seconds(30))
        #expect(backend.health == nil && backend.outlier == nil)
        #expect(backend.retry == nil && backend.serviceConfig == nil && backend.methods == nil)
        #expect(backend.hedging == nil && backend.compression == .identity)
        #expect(!backend.isRequired)
    }

    @Test("every key of the channel can be set")
    func everything() throws {
        let backend = try self.backend(
            """
            balancing: least_request
            max_connection_age: 10m
            keepalive: { interval: 10s, timeout: 1s }
            resolve: 0
            health: { service: user.v1.UserService, interval: 2s }
            outlier:
              interval: 1s
              base_ejection_time: 2s
              max_ejection_time: 3s
              max_ejection_percent: 50
              success_rate: { stdev_factor: 1, enforcement: 2, minimum_hosts: 3, request_volume: 4 }
              failure_percentage: { threshold: 5, enforcement: 6, minimum_hosts: 7, request_volume: 8 }
            slow_start: 30s
            required: true
            retry: { attempts: 5, backoff: { initial: 1ms, max: 2s, multiplier: 1.5 }, codes: [ABORTED] }
            """
        )
        #expect(backend.balancing == .leastRequest)
        #expect(backend.maxConnectionAge == .seconds(600))
        #expect(backend.keepalive.interval == .seconds(10))
        #expect(backend.keepalive.timeout == .seconds(1))
        #expect(backend.resolve == .zero && backend.slowStart == .seconds(30))
        #expect(backend.health?.service == "user.v1.UserService")
        #expect(backend.health?.interval == .seconds(2))
        let outlier = try #require(backend.outlier)
        #expect(outlier.interval == .seconds(1) && outlier.baseEjectionTime == .seconds(2))
        #expect(outlier.maxEjectionTime == .seconds(3) && outlier.maxEjectionPercent == 50)
        let rate = try #require(outlier.successRate)
        #expect((rate.stdevFactor, rate.enforcement) == (1, 2))
        #expect((rate.minimumHosts, rate.requestVolume) == (3, 4))
        let share = try #require(outlier.failurePercentage)
        #expect((share.threshold, share.enforcement) == (5, 6))
        #expect((share.minimumHosts, share.requestVolume) == (7, 8))
        #expect(backend.isRequired)
        let policy = try #require(backend.retry?.configuration?.policy)
        #expect(policy.maxAttempts == 5 && policy.initialBackOff == 1_000_000)
        #expect(policy.maxBackOff == 2_000_000_000 && policy.multiplier == 1.5)
        #expect(policy.codes.rawValue == 1 << 10)
    }

    @Test("TLS is off, or verifies the host of the address unless another name is given")
    func tls() throws {
        #expect(try self.backend("").tls == nil)
        #expect(try self.backend("tls: off").tls == nil)
        let plain = try self.backend("tls: {}")
        #expect(plain.tls?.authorities == nil && plain.tls?.certificate == nil)
        #expect(plain.verifiedName == "a")
        let full = try self.backend(
            "tls: { ca: /ca.pem, certificate: /a.pem, key: /a.key, server_name: b.test }"
        )
        #expect(full.tls?.authorities?.value == "/ca.pem")
        #expect(full.tls?.certificate?.value == "/a.pem" && full.tls?.key?.value == "/a.key")
        #expect(full.verifiedName == "b.test")
    }

    @Test("an empty outlier mapping is gRFC A50's numbers; either algorithm can be off")
    func outlier() throws {
        let outlier = try #require(try self.backend("outlier: {}").outlier)
        #expect(outlier.successRate?.stdevFactor == 1900)
        #expect(outlier.failurePercentage?.threshold == 85)
        #expect(outlier.maxEjectionPercent == 10)
        let half = try #require(try self.backend("outlier: { success_rate: off }").outlier)
        #expect(half.successRate == nil && half.failurePercentage != nil)
        #expect(try self.backend("outlier: off").outlier == nil)
    }

    @Test("an empty retry mapping is three attempts of what was unavailable; off is none")
    func retry() throws {
        let policy = try #require(try self.backend("retry: {}").retry?.configuration?.policy)
        #expect(policy == RetryPolicy())
        #expect(try self.backend("retry: off").retry == .off)
    }

    @Test("hedging is two attempts a tenth of a second apart; off is none")
    func hedging() throws {
        let policy = try #require(try self.backend("hedging: {}").hedging?.configuration?.policy)
        #expect(policy == HedgePolicy())
        #expect(policy.maxAttempts == 2 && policy.delay == 100_000_000)
        #expect(policy.nonFatalCodes.rawValue == 1 << 14)
        let own = try #require(
            try self.backend(
                "hedging: { attempts: 5, delay: 0, non_fatal: [ABORTED, INTERNAL] }"
            ).hedging?.configuration?.policy
        )
        #expect(own.maxAttempts == 5 && own.delay == 0)
        #expect(own.nonFatalCodes.rawValue == 1 << 10 | 1 << 13)
        let none = try #require(
            try self.backend("hedging: { non_fatal: [] }").hedging?.configuration?.policy
        )
        #expect(none.nonFatalCodes.rawValue == 0)
        #expect(try self.backend("hedging: off").hedging == .off)
    }

    @Test("the limit by latency is off; its numbers are shared out to the loops")
    func adaptive() throws {
        #expect(try self.backend("adaptive: off").adaptive == nil)
        #expect(try self.backend("required: false").adaptive == nil)
        let plain = try #require(try self.backend("adaptive: {}").adaptive)
        #expect(plain.settings { $0 } == ConcurrencyLimiter.Settings())
        let own = try #require(
            try self.backend(
                "adaptive: { min: 8, max: 80, window: 1s, tolerance: 50, remeasure: 1m }"
            ).adaptive
        )
        #expect(
            own.settings { $0 / 4 }
                == ConcurrencyLimiter.Settings(
                    least: 2,
                    most: 20,
                    window: 1_000_000_000,
                    tolerance: 0.5,
                    remeasure: 60_000_000_000
                )
        )
    }

    @Test("messages are compressed with gzip or not", arguments: ["identity", "gzip"])
    func compression(word: String) throws {
        #expect(try self.backend("compression: \(word)").compression.rawValue == word)
    }

    @Test("each code has the number that gRPC gives it")
    func codes() {
        #expect(RetryCode.allCases.count == 16)
        #expect(RetryCode.set([.cancelled]).rawValue == 1 << 1)
        #expect(RetryCode.set([.unavailable, .unauthenticated]).rawValue == 1 << 14 | 1 << 16)
        #expect(RetryCode(number: 14) == .unavailable)
        #expect(RetryCode(number: 0) == nil && RetryCode(number: 17) == nil)
    }

    @Test(
        "what is wrong is an error at its place",
        arguments: [
            (
                "keepalive: { interval: 9s }",
                "keepalive.interval: expected a duration such as 250ms, 5s, 1m or 1h "
                    + "of at least 10s (0: no pings), found '9s'"
            ),
            (
                "retry: { attempts: 6 }",
                "retry.attempts: expected a whole number from 2 to 5, found '6'"
            ),
            (
                "retry: { attempts: 1 }",
                "retry.attempts: expected a whole number from 2 to 5, found '1'"
            ),
            (
                "retry: { backoff: { multiplier: 0.9 } }",
                "retry.backoff.multiplier: expected a number from 1 to 100 such as 1.5, found '0.9'"
            ),
            (
                "retry: { backoff: { multiplier: 1e2 } }",
                "retry.backoff.multiplier: expected a number from 1 to 100 such as 1.5, found '1e2'"
            ),
            (
                "hedging: { attempts: 6 }",
                "hedging.attempts: expected a whole number from 2 to 5, found '6'"
            ),
            (
                "hedging: { attempts: 1 }",
                "hedging.attempts: expected a whole number from 2 to 5, found '1'"
            ),
            (
                "hedging: { delay: 5 }",
                "hedging.delay: expected a duration such as 250ms, 5s, 1m or 1h (0: all at once), "
                    + "found '5' (add a unit: 5s or 5ms)"
            ),
            (
                "compression: br",
                "compression: expected identity or gzip, found 'br'"
            ),
            (
                "outlier: { max_ejection_percent: 101 }",
                "outlier.max_ejection_percent: expected a whole number from 0 to 100, found '101'"
            ),
        ]
    )
    func error(text: String, expected: String) throws {
        let found = errors(
            "backends: { users: { address: \"a:1\", \(text) } }\n"
                + smallest.replacing("backends", with: "#")
        )
        #expect(found.count == 1)
        #expect(found.first?.contains("backends.users.\(expected)") == true, "\(found)")
    }

    @Test("an unknown code names the nearest")
    func unknownCode() {
        let found = errors(
            "methods: { a.B/C: { retry: { codes: [UNAVAILBLE] } } }\n\(smallest)"
        )
        #expect(found.count == 1)
        #expect(found.first?.contains("found 'UNAVAILBLE' (did you mean 'UNAVAILABLE'?)") == true)
    }
}
