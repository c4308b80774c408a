internal import Configuration
internal import Testing

@Suite("a hint of the configuration leads to no further error")
struct ConfigurationHintsTests {
    /// What the only error of `text`, in the place of the same key of the smallest configuration,
    /// hints at.
    private func hint(_ text: String) throws -> String? {
        let own = text.prefix { $0 != ":" }
        let rest = smallest.split(separator: "\n").filter { !$0.hasPrefix(own) }
        let errors = configuration("\(text)\n\(rest.joined(separator: "\n"))").errors
        #expect(errors.count == 1, "\(errors)")
        return errors.first?.hint
    }

    @Test(
        "listeners are a list of mappings",
        arguments: [
            ("127.0.0.1:8080", "127.0.0.1:8080"), ("8080", "0.0.0.0:8080"),
            ("http://localhost:80/", "localhost:80"), ("all", "127.0.0.1:8080"),
            ("unix:///run/a.sock", "unix:///run/a.sock"),
        ]
    )
    func listeners(text: String, address: String) throws {
        let list = #"[{ address: "\#(address)" }]"#
        #expect(try self.hint("listen: \(text)") == "write a list of mappings: \(list)")
        #expect(errors(smallest.replacing("[{ address: 127.0.0.1:8080 }]", with: list)) == [])
    }

    @Test(
        "an address has no scheme",
        arguments: [
            ("http://127.0.0.1:8080", "127.0.0.1:8080"), ("tcp://[::1]:80", "[::1]:80"),
            ("HTTPS://localhost/x", "localhost"),
        ]
    )
    func schemes(text: String, address: String) throws {
        let hasPort = address != "localhost"
        #expect(
            try self.hint("listen: [{ address: \"\(text)\" }]")
                == "write it without a scheme: \(address)\(hasPort ? "" : ":8080")"
        )
        #expect(
            try self.hint("backends: { users: { address: \"\(text)\" } }")
                == "write it without a scheme: \(address)\(hasPort ? "" : ":50051")"
        )
    }

    @Test(
        "who writes true for a mapping is told of {}",
        arguments: [
            "health", "hedging", "adaptive", "outlier", "tls", "keepalive", "retry",
        ]
    )
    func wanted(key: String) throws {
        for word in ["true", "on", "yes"] {
            #expect(
                try self.hint("backends: { users: { address: \"a:1\", \(key): \(word) } }")
                    == "{} takes the defaults, and off is none"
            )
        }
        for word in ["{}", "off"] {
            #expect(
                errors(
                    smallest.replacing(":50051", with: ":50051, \(key): \(word)")
                ) == []
            )
        }
    }

    @Test("where a mapping must have keys, they are told")
    func required() throws {
        #expect(try self.hint("cors: true") == "write a mapping with origins, or off for none")
        #expect(
            try self.hint("listen: [{ address: \"a:1\", tls: true }]")
                == "write a mapping with certificate, key, or off for none"
        )
        #expect(try self.hint("compression: true") == "{} takes the defaults, and off is none")
    }

    @Test("off is none, wherever that is natural", arguments: ["off", "false", "no"])
    func offs(word: String) throws {
        let text = smallest.replacing("127.0.0.1:8080", with: "127.0.0.1:8080, tls: \(word)")
            .replacing(":50051", with: ":50051, keepalive: \(word), compression: \(word)")
        let (read, errors) = configuration(text)
        #expect(errors.map(\.description) == [])
        #expect(read?.listen.first?.tls == [])
        let backend = try #require(read?.backends.first)
        #expect(backend.keepalive.interval == .zero)
        #expect(backend.compression == .identity)
    }

    @Test(
        "a number below 0 lacks more than its unit",
        arguments: [("-1", nil), ("-5s", nil), ("+1", nil), ("1", "add a unit: 1s or 1ms")]
    )
    func negative(text: String, hint: String?) throws {
        #expect(try self.hint("drain_delay: \(text)") == hint)
    }

    @Test(
        "a part of a code's name is near it",
        arguments: [
            ("UNAVAIL", "UNAVAILABLE"), ("unavailable", "UNAVAILABLE"),
            ("Deadline", "DEADLINE_EXCEEDED"), ("EXHAUSTED", "RESOURCE_EXHAUSTED"),
            ("DataLoss", "DATA_LOSS"), ("UNAB", nil), ("UNA", nil),
        ]
    )
    func codes(text: String, name: String?) throws {
        for key in ["hedging: { non_fatal", "retry: { codes"] {
            #expect(
                try self.hint("backends: { users: { address: \"a:1\", \(key): [\(text)] } } }")
                    == name.map { "did you mean '\($0)'?" }
            )
        }
    }

    @Test("reflection is asked of backends by name")
    func reflection() throws {
        #expect(
            try self.hint("schema: { reflection: true }")
                == "write the names of backends: [NAME, …]"
        )
    }
}
