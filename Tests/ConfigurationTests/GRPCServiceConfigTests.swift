internal import Balancing
internal import Configuration
internal import Testing

@Suite("a gRPC service config is read as gRPC reads it")
struct GRPCServiceConfigTests {
    private func read(_ text: String) -> (config: GRPCServiceConfig, errors: [String]) {
        let read = GRPCServiceConfig.read(SourceFile(name: "users.json", text: text))
        return (read.config, read.errors.map(\.description))
    }

    private static let policy = """
        { "maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "1s", "backoffMultiplier": 2,
          "retryableStatusCodes": ["UNAVAILABLE", 10] }
        """

    @Test("a method has what its own name says, else its service's, else what is for all")
    func names() throws {
        let (config, errors) = self.read(
            """
            {
              "loadBalancingConfig": [{ "round_robin": {} }],
              "methodConfig": [
                { "name": [{ "service": "a.A", "method": "Get" }], "timeout": "1.5s",
                  "retryPolicy": \(Self.policy) },
                { "name": [{ "service": "a.A" }, { "service": "a.B" }], "timeout": "2s",
                  "waitForReady": true },
                { "name": [{}], "timeout": "0.000001s", "retryPolicy": null }
              ],
              "retryThrottling": { "maxTokens": 10, "tokenRatio": 0.1 }
            }
            """
        )
        #expect(errors == [])
        let get = try #require(config.method("a.A", "Get"))
        #expect(get.timeout == .milliseconds(1500))
        let retry = try #require(get.retry)
        #expect(retry.maxAttempts == 4 && retry.initialBackOff == 100_000_000)
        #expect(retry.maxBackOff == 1_000_000_000 && retry.multiplier == 2)
        #expect(retry.codes.rawValue == 1 << 14 | 1 << 10)
        #expect(config.method("a.A", "List")?.timeout == .seconds(2))
        #expect(config.method("a.B", "Get")?.retry == nil)
        #expect(config.method("c.C", "Get")?.timeout == .microseconds(1))
        #expect(config.throttle == RetryThrottle.Settings(maxTokens: 10, tokenRatio: 0.1))
    }

    @Test("more than five attempts are five (gRFC A6)")
    func attempts() {
        let many = Self.policy.replacing("4", with: "9")
        let (config, errors) = self.read(
            #"{ "methodConfig": [{ "name": [{}], "retryPolicy": \#(many) }] }"#
        )
        #expect(errors == [])
        #expect(config.method("a", "b")?.retry?.maxAttempts == 5)
    }

    @Test("hedging needs its attempts; without a delay all leave at once")
    func hedging() throws {
        let (config, errors) = self.read(
            """
            { "methodConfig": [
              { "name": [{ "service": "a.A" }], "hedgingPolicy": { "maxAttempts": 9,
                "hedgingDelay": "0.05s", "nonFatalStatusCodes": ["UNAVAILABLE", 13] } },
              { "name": [{}], "hedgingPolicy": { "maxAttempts": 3 } }
            ] }
            """
        )
        #expect(errors == [])
        let first = try #require(config.method("a.A", "Get")?.hedging)
        #expect(first.maxAttempts == 5 && first.delay == 50_000_000)
        #expect(first.nonFatalCodes.rawValue == 1 << 14 | 1 << 13)
        let other = try #require(config.method("b.B", "Get")?.hedging)
        #expect(other.maxAttempts == 3 && other.delay == 0 && other.nonFatalCodes.rawValue == 0)
        let both = self.read(
            #"{ "methodConfig": [{ "name": [{}], "retryPolicy": \#(Self.policy), "#
                + #""hedgingPolicy": { "maxAttempts": 2 } }] }"#
        )
        #expect(both.errors.count == 1)
        #expect(both.errors[0].contains("expected retryPolicy or hedgingPolicy, found both"))
    }

    @Test("nothing is said by an empty file of JSON")
    func empty() {
        let (config, errors) = self.read("{}")
        #expect(errors == [])
        #expect(config == GRPCServiceConfig() && config.method("a", "b") == nil)
    }

    @Test(
        "what is wrong is an error with its place",
        arguments: [
            ("[]", "1:1: expected a JSON object, found a list"),
            (#"{ "methodConfig": {} }"#, "1:19: methodConfig: expected a list, found a mapping"),
            (
                #"{ "methodConfig": [{}] }"#,
                "1:20: methodConfig[0]: expected the key 'name' with a list, found a mapping"
            ),
            (
                #"{ "methodConfig": [{ "name": [{ "method": "Get" }] }] }"#,
                "1:31: methodConfig[0].name[0]: expected the service of method 'Get'"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}, {}] }] }"#,
                "1:35: methodConfig[0].name[1]: expected each name once, found '/' a second time"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "timeout": "1" }] }"#,
                "1:47: methodConfig[0].timeout: expected a duration above 0 such as \"1.5s\", "
                    + "found '1'"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "timeout": "0s" }] }"#,
                "1:47: methodConfig[0].timeout: expected a duration above 0 such as \"1.5s\", "
                    + "found '0s'"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "hedgingPolicy": {} }] }"#,
                "1:53: methodConfig[0].hedgingPolicy: expected the key 'maxAttempts', found none"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "hedgingPolicy": { "maxAttempts": 1 } }] }"#,
                "1:53: methodConfig[0].hedgingPolicy: expected maxAttempts of at least 2"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "hedgingPolicy": { "maxAttempts": 2, "#
                    + #""hedgingDelay": "1" } }] }"#,
                "1:89: methodConfig[0].hedgingPolicy.hedgingDelay: expected a duration such as "
                    + "\"1.5s\", found '1'"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "hedgingPolicy": { "maxAttempts": 2, "#
                    + #""nonFatalStatusCodes": [0] } }] }"#,
                "1:97: methodConfig[0].hedgingPolicy.nonFatalStatusCodes[0]: expected CANCELLED"
            ),
            (
                #"{ "retryThrottling": { "maxTokens": 1001, "tokenRatio": 1 } }"#,
                "1:22: retryThrottling: expected maxTokens from 1 to 1000"
            ),
            (
                #"{ "retryThrottling": { "maxTokens": 10, "tokenRatio": 0 } }"#,
                "1:22: retryThrottling: expected a tokenRatio above 0"
            ),
            (
                #"{ "retryThrottling": { "maxTokens": 10 } }"#,
                "1:22: retryThrottling: expected the key 'tokenRatio', found none"
            ),
        ]
    )
    func error(text: String, expected: String) {
        let found = self.read(text).errors
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("users.json:\(expected)") == true, "\(found)")
    }

    @Test(
        "a policy lacks nothing (gRFC A6)",
        arguments: [
            ("\"maxAttempts\": 4", "\"maxAttempts\": 1", "expected maxAttempts of at least 2"),
            ("\"maxAttempts\": 4,", "", "expected the key 'maxAttempts', found none"),
            ("\"0.1s\"", "\"0s\"", "expected a duration above 0"),
            ("Multiplier\": 2", "Multiplier\": 0", "expected a backoffMultiplier above 0"),
            ("[\"UNAVAILABLE\", 10]", "[]", "expected a list of gRPC codes"),
            ("10]", "0]", "found '0'"), ("10]", "17]", "found '17'"),
        ]
    )
    func policy(part: String, other: String, expected: String) {
        let policy = Self.policy.replacing(part, with: other)
        let found = self.read(
            #"{ "methodConfig": [{ "name": [{}], "retryPolicy": \#(policy) }] }"#
        ).errors
        #expect(found.count == 1)
        #expect(found.first?.contains(expected) == true, "\(found)")
    }
}
