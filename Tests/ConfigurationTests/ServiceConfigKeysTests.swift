internal import Configuration
internal import Testing

@Suite("keys of a gRPC service config that have no effect are warnings")
struct ServiceConfigKeysTests {
    private func warnings(_ text: String) -> [String] {
        let read = GRPCServiceConfig.read(SourceFile(name: "users.json", text: text))
        #expect(read.errors.map(\.description) == [])
        return read.warnings.map(\.description)
    }

    @Test(
        "each is told with its place and what is near, or what there is instead",
        arguments: [
            (
                #"{ "methodConfg": [] }"#,
                "1:3: methodConfg: expected a key of a service config, found the unknown key "
                    + "'methodConfg' (did you mean 'methodConfig'?)"
            ),
            (
                #"{ "backends": {} }"#,
                "1:3: backends: expected a key of a service config, found the unknown key "
                    + "'backends' (known are methodConfig, retryThrottling)"
            ),
            (
                #"{ "loadBalancingPolicy": "round_robin" }"#,
                "1:3: loadBalancingPolicy: 'loadBalancingPolicy' has no effect here "
                    + "(see balancing of the backend)"
            ),
            (
                #"{ "loadBalancingConfig": [{ "round_robin": {} }] }"#,
                "1:3: loadBalancingConfig: 'loadBalancingConfig' has no effect here "
                    + "(see balancing and outlier of the backend)"
            ),
            (
                #"{ "healthCheckConfig": { "serviceName": "a" } }"#,
                "1:3: healthCheckConfig: 'healthCheckConfig' has no effect here "
                    + "(see health of the backend)"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "waitForReady": true }] }"#,
                "1:36: methodConfig[0].waitForReady: 'waitForReady' has no effect here "
                    + "(see pending_timeout of the backend)"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "maxRequestMessageBytes": 5 }] }"#,
                "1:36: methodConfig[0].maxRequestMessageBytes: 'maxRequestMessageBytes' has no "
                    + "effect here (see limits.message)"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "maxResponseMessageBytes": 5 }] }"#,
                "1:36: methodConfig[0].maxResponseMessageBytes: 'maxResponseMessageBytes' has no "
                    + "effect here (see limits.message)"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "timout": "1s" }] }"#,
                "1:36: methodConfig[0].timout: expected a key of methodConfig, found the unknown "
                    + "key 'timout' (did you mean 'timeout'?)"
            ),
            (
                #"{ "methodConfig": [{ "name": [{ "services": "a.A" }] }] }"#,
                "1:33: methodConfig[0].name[0].services: expected a key of a name, found the "
                    + "unknown key 'services' (did you mean 'service'?)"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "retryPolicy": { "maxAttempts": 2, "#
                    + #""initialBackoff": "1s", "maxBackoff": "1s", "backoffMultiplier": 2, "#
                    + #""retryableStatusCodes": [14], "perAttemptRecvTimeout": "1s" } }] }"#,
                "1:169: methodConfig[0].retryPolicy.perAttemptRecvTimeout: "
                    + "'perAttemptRecvTimeout' has no effect here"
            ),
            (
                #"{ "methodConfig": [{ "name": [{}], "hedgingPolicy": { "maxAttempts": 2, "#
                    + #""hedgingDelays": "1s" } }] }"#,
                "1:73: methodConfig[0].hedgingPolicy.hedgingDelays: expected a key of "
                    + "hedgingPolicy, found the unknown key 'hedgingDelays' "
                    + "(did you mean 'hedgingDelay'?)"
            ),
            (
                #"{ "retryThrottling": { "maxTokens": 9, "tokenRatio": 1, "tokens": 2 } }"#,
                "1:57: retryThrottling.tokens: expected a key of retryThrottling, found the "
                    + "unknown key 'tokens' (known are maxTokens, tokenRatio)"
            ),
        ]
    )
    func one(text: String, expected: String) {
        #expect(self.warnings(text) == ["users.json:\(expected)"])
    }

    @Test("what is read, and what is null, is no warning")
    func none() {
        #expect(
            self.warnings(
                #"{ "methodConfig": [{ "name": [{}], "waitForReady": null }], "#
                    + #""healthCheckConfig": null }"#
            ) == []
        )
    }

    @Test("a misspelt key that must be there is told with the error")
    func required() {
        let read = GRPCServiceConfig.read(
            SourceFile(
                name: "users.json",
                text: #"{ "methodConfig": [{ "name": [{}], "retryPolicy": { "maxAttempts": 2, "#
                    + #""initialBackoff": "1s", "maxBackof": "1s", "backoffMultiplier": 2, "#
                    + #""retryableStatusCodes": [14] } }] }"#
            )
        )
        #expect(
            read.errors.map(\.description) == [
                "users.json:1:51: methodConfig[0].retryPolicy: expected the key 'maxBackoff', "
                    + "found none (is that 'maxBackof'?)"
            ]
        )
        #expect(read.warnings.count == 1)
    }
}
